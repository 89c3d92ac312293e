/** What the picture is given to show, and what it tells. Millimetres, RAS; left and right are the patient's. */

import type { Shape, Vec3 } from './geometry';

export interface Zone extends Shape {
  /** Unique: code and side. */
  id: string;
  label: string;
  /** CSS colour `#rrggbb`. */
  colour: string;
  /** Outward direction of the skin at a point: on a body, where no one middle tells what is outward. */
  normal?: Vec3;
  /** Drawn and not labelled or pointed at: a channel's course. */
  mute?: boolean;
  /** 95 % regions: centre, and two half axes as vectors, mm. */
  rings?: { at: Vec3; major: Vec3; minor: Vec3 }[];
}

export interface Mark {
  at: Vec3;
  colour: string;
  label?: string;
  /** Radius, mm. */
  radius?: number;
  /** Whether it can be dragged along the skin. */
  drag?: boolean;
}

export interface Pick {
  at: Vec3;
  normal: Vec3;
  /** The nearest zone that is shown, if it is near enough to be meant. */
  zone: string | undefined;
}

export interface Look {
  skin: string;
  brain: string;
  ink: string;
}

export const LIGHT: Look = { skin: '#d9cbbd', brain: '#c59a94', ink: '#1b1f24' };
export const DARK: Look = { skin: '#a89a8d', brain: '#b78a86', ink: '#eceff3' };
