/**
 * Chinese of what the atlas says, by the English text that was translated: the project's own translations, which no second
 * practitioner has checked. Fetched when somebody reads Chinese.
 *
 * The texts themselves are data of `atlas/`. When one of them changes, its translation no longer fits it and is not shown
 * any more; a test says which.
 */

import { body } from './body.zh';
import { claims } from './claims.zh';
import { conditions } from './conditions.zh';
import { difference } from './difference.zh';
import { disputes } from './disputes.zh';
import { refusals, refused } from './errors.zh';
import { instruments } from './instruments.zh';
import { labs } from './labs.zh';
import { names } from './names.zh';
import { judged, outcomes, treatments } from './reviews.zh';
import { safety } from './safety.zh';
import { speaker } from './sentences.zh';
import { settings } from './settings.zh';
import { comparisons, found, mechanisms, methods, studied } from './studies.zh';
import { tape } from './tape.zh';
import { techniques } from './techniques.zh';
import { zones } from './zones.zh';

/** Texts that stand on their own. */
const WHOLE = { body, claims, conditions, difference, disputes, instruments, labs, safety, settings, tape, techniques, zones } as const;

/** Parts of sentences, which only make sense within them. */
const PARTS = { comparisons, found, judged, mechanisms, methods, names, outcomes, refused, studied, treatments } as const;

export const GROUPS = { ...WHOLE, ...PARTS } as const;

const ALL: ReadonlyMap<string, string> = new Map(Object.values(WHOLE).flatMap((g) => Object.entries(g)));

const sentence = speaker(ALL);

/** The Chinese of a text of the atlas or a sentence of the program, if just this was translated. */
export function inChinese(text: string): string | undefined {
  return ALL.get(text) ?? sentence(text);
}

/** The Chinese of what the server refuses or asks to look at. Kept apart: its sentences are too wide for texts of the atlas. */
export const refusalInChinese = refusals(inChinese);
