import { en } from './en';
import { zh } from './zh';

export type Key = keyof typeof en;
export type Language = 'en' | 'zh';
export type Dictionary = Record<Key, string>;

export const DICTIONARIES: Record<Language, Dictionary> = { en, zh };
