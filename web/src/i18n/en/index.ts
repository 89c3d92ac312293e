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

/** All text of the page, in English, a file a room. `{name}` is filled in. Knowledge comes from the server and is not here. */
export const en = {
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
