import type { Translated } from '..';
import type { encounter as en } from '../en/encounter';

export const encounter: Translated<typeof en> = {};
