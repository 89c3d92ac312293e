/** Sounds of the session: a metronome and an alarm, made in the browser. */

let audio: AudioContext | undefined;

function context(): AudioContext | undefined {
  try {
    audio ??= new AudioContext();
    void audio.resume();
    return audio;
  } catch {
    // No sound here; the light still shows the beat.
    return undefined;
  }
}

function tone(at: number, hz: number, seconds: number, loud: number): void {
  const c = context();
  if (!c) return;
  const o = c.createOscillator();
  const g = c.createGain();
  o.frequency.value = hz;
  g.gain.setValueAtTime(loud, at);
  g.gain.exponentialRampToValueAtTime(0.001, at + seconds);
  o.connect(g).connect(c.destination);
  o.start(at);
  o.stop(at + seconds);
}

export function beep(times: number): void {
  const c = context();
  if (!c) return;
  for (let k = 0; k < times; k++) tone(c.currentTime + k * 0.4, 880, 0.25, 0.3);
}

/** When beat number `k` is due, ms after the first, at a rate per minute: counted from the start, so that it does not drift. */
export function due(k: number, perMinute: number): number {
  return (k * 60_000) / perMinute;
}

export class Metronome {
  #timer: ReturnType<typeof setTimeout> | undefined;
  #start = 0;
  #beats = 0;
  #rate = 0;

  constructor(readonly onbeat: () => void) {}

  start(perMinute: number): void {
    this.stop();
    if (!(perMinute >= 10 && perMinute <= 600)) return;
    this.#rate = perMinute;
    this.#start = performance.now();
    this.#beats = 0;
    this.#beat();
  }

  rate(perMinute: number): void {
    if (this.#timer !== undefined) this.start(perMinute);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #beat(): void {
    const c = context();
    if (c) tone(c.currentTime, 1200, 0.04, 0.2);
    this.onbeat();
    const now = performance.now() - this.#start;
    // Beats that a sleeping page missed are left out, not hurried after.
    this.#beats = Math.max(this.#beats + 1, Math.ceil((now * this.#rate) / 60_000));
    this.#timer = setTimeout(() => this.#beat(), Math.max(0, due(this.#beats, this.#rate) - now));
  }
}
