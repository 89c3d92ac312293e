import type { Translated } from '..';
import type { body as en } from '../en/body';

export const body: Translated<typeof en> = {};
