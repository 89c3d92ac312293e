/** Addresses of the rooms: plain paths, so that a page can be bookmarked and sent. */

import { ROOMS, type RoomName } from './rooms';

export interface Place {
  room: RoomName | 'none';
  /** What follows the room's name, such as a zone's code. */
  detail: string | undefined;
  /** What follows that, such as a step of the encounter. */
  more?: string | undefined;
}

/** What an address means. */
export function parse(path: string): Place {
  const [first = 'head', second, third] = path.split('/').filter((p) => p !== '');
  const detail = second === undefined ? undefined : decoded(second);
  const more = third === undefined ? undefined : decoded(third);
  return Object.hasOwn(ROOMS, first) ? { room: first as RoomName, detail, more } : { room: 'none', detail: undefined };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The address of a place. */
export function address(room: Place['room'], detail?: string, more?: string): string {
  const path = room === 'head' ? (detail === undefined ? '/' : '/head') : `/${room}`;
  return [path, ...[detail, more].filter((p) => p !== undefined).map(encodeURIComponent)].join('/');
}

class Router {
  place: Place = $state(parse(typeof location === 'undefined' ? '/' : location.pathname));

  constructor() {
    if (typeof window === 'undefined') return;
    window.addEventListener('popstate', () => (this.place = parse(location.pathname)));
    // Links are real links; a plain click stays on the page.
    document.addEventListener('click', (e) => {
      const link = (e.target as Element | null)?.closest?.('a[href]');
      if (!(link instanceof HTMLAnchorElement) || e.defaultPrevented || e.button !== 0 || e.metaKey || e.ctrlKey || e.shiftKey || e.altKey) return;
      if (link.origin !== location.origin || link.target || link.hasAttribute('download') || link.pathname.startsWith('/api/')) return;
      if (link.hash && link.pathname === location.pathname) return;
      e.preventDefault();
      this.go(link.pathname);
    });
  }

  go(path: string, replace = false): void {
    if (path !== location.pathname) history[replace ? 'replaceState' : 'pushState'](null, '', path);
    this.place = parse(path);
  }
}

export const router = new Router();
