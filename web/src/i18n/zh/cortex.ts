import type { Translated } from '..';
import type { cortex as en } from '../en/cortex';

export const cortex: Translated<typeof en> = {};
