import type { Translated } from '..';
import type { course as en } from '../en/course';

export const course: Translated<typeof en> = {};
