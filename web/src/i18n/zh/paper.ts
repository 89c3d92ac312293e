import type { Translated } from '..';
import type { paper as en } from '../en/paper';

export const paper: Translated<typeof en> = {};
