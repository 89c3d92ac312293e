import { en } from './en';
import { zh } from './zh';

export type Key = keyof typeof en;
export type Language = 'en' | 'zh';
export type Dictionary = Record<Key, string>;
/** The same keys in another language: a key that is missing or left over does not compile. */
export type Translated<T> = Record<keyof T, string>;

export const DICTIONARIES: Record<Language, Dictionary> = { en, zh };
