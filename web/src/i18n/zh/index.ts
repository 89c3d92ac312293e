import { body } from './body';
import { common } from './common';
import { cortex } from './cortex';
import { course } from './course';
import { encounter } from './encounter';
import { evidence } from './evidence';
import { head } from './head';
import { learn } from './learn';
import { making } from './making';
import { paper } from './paper';
import { practice } from './practice';
import { session } from './session';

/** 界面的全部文字，简体中文，每个房间一个文件。 */
export const zh = {
  ...common,
  ...head,
  ...cortex,
  ...body,
  ...evidence,
  ...learn,
  ...practice,
  ...encounter,
  ...session,
  ...course,
  ...making,
  ...paper,
} as const;
