/** Whoever has gone is signed out: nobody who passes by reads a patient's page. */

/** As long as the server waits too. */
export const IDLE_MS = 15 * 60_000;
const LOOK_MS = 5_000;
const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart'] as const;

/**
 * Calls `lock` after so long without a sign of a person, unless `busy` says that something may not be covered, such as
 * the clocks of needles that are in. It looks at the clock, so that a machine that slept is locked when it wakes.
 */
export function watchIdle(busy: () => boolean, lock: () => void, idle = IDLE_MS): () => void {
  let last = Date.now();
  const sign = (): void => {
    last = Date.now();
  };
  for (const s of SIGNS) window.addEventListener(s, sign, { capture: true, passive: true });
  const timer = setInterval(() => {
    if (Date.now() - last < idle || busy()) return;
    last = Date.now();
    lock();
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    for (const s of SIGNS) window.removeEventListener(s, sign, { capture: true });
  };
}
