/** The rooms of the workstation, a row each. A room is fetched when it is entered first. */

import type { Component } from 'svelte';
import type { Key } from '../i18n';

export type RoomName =
  | 'head'
  | 'body'
  | 'practice'
  | 'encounter'
  | 'session'
  | 'atlas'
  | 'evidence'
  | 'difference'
  | 'learn'
  | 'course';

export interface Room {
  /** Its name in the language in use. */
  title: Key;
  /** Whether the bar of rooms shows it. */
  bar: boolean;
  /** Whether it fills the window and scrolls within. */
  full: boolean;
  /** Whether it is made anew for each address, which it is given as `id`. */
  keyed?: boolean;
  // Rooms take different properties; the row says which.
  load: () => Promise<{ default: Component<any> }>;
}

export const ROOMS: Readonly<Record<RoomName, Room>> = {
  head: { title: 'room.head', bar: true, full: true, load: () => import('../rooms/HeadRoom.svelte') },
  body: { title: 'room.body', bar: true, full: true, load: () => import('../rooms/BodyRoom.svelte') },
  practice: { title: 'room.practice', bar: true, full: false, load: () => import('../rooms/PracticeRoom.svelte') },
  encounter: { title: 'encounter.title', bar: false, full: false, keyed: true, load: () => import('../rooms/EncounterRoom.svelte') },
  session: { title: 'session.title', bar: false, full: true, keyed: true, load: () => import('../rooms/SessionRoom.svelte') },
  course: { title: 'room.course', bar: true, full: false, load: () => import('../rooms/CourseRoom.svelte') },
  atlas: { title: 'room.atlas', bar: true, full: false, load: () => import('../rooms/AtlasRoom.svelte') },
  evidence: { title: 'room.evidence', bar: true, full: false, load: () => import('../rooms/EvidenceRoom.svelte') },
  difference: { title: 'room.difference', bar: true, full: false, load: () => import('../rooms/DifferenceRoom.svelte') },
  learn: { title: 'room.learn', bar: true, full: true, load: () => import('../rooms/LearnRoom.svelte') },
};
