/** A head of a person's own files: sent, followed, looked at, confirmed. Nothing of it stays in this browser. */

import { client, data, guard, Refused, type Schemas } from '../api/client';
import { vec, type Vec3 } from '../head/geometry';
import type { Mark } from '../head/shown';

export type Job = Schemas['JobView'];
export type Kind = Schemas['MadeOf'];
export type Wanted = Schemas['Wanted'];
export type Landmark = Schemas['Confirmed'];

/** A landmark on the head that was made. */
export interface Spot {
  landmark: Landmark;
  found: Vec3;
  at: Vec3;
  sd: number;
  method: string;
  /** Somebody has looked at it and found it right. */
  seen: boolean;
}

const IMAGES = ['.nii', '.nii.gz', '.mgz', '.mgh', '.dcm', '.ima', '.zip'];
const SCANS = ['.ply', '.obj', '.stl', '.glb'];
const POINTS = ['.hsp', '.elc', '.sfp', '.fcsv', '.json', '.csv', '.tsv', '.elp', '.hpts', '.bvct', '.xml'];
/** What a scan needs for its directions. */
const DIRECTIONS: Landmark[] = ['nasion', 'preauricular-left', 'preauricular-right'];

async function isSlice(file: File): Promise<boolean> {
  return file.size > 132 && (await file.slice(128, 132).text()) === 'DICM';
}

/** What files are, by name and first bytes; undefined if they are nothing that a head is made of. */
export async function kindOf(files: readonly File[]): Promise<Kind | undefined> {
  const first = files[0];
  if (!first) return undefined;
  if (files.length > 1 || (await isSlice(first))) return 'mri';
  const name = first.name.toLowerCase();
  const ends = (list: string[]) => list.some((e) => name.endsWith(e));
  return ends(IMAGES) ? 'mri' : ends(SCANS) ? 'scan' : ends(POINTS) ? 'points' : undefined;
}

/** Of the files of an examination the slices; of anything else all. */
export async function slicesOf(files: readonly File[]): Promise<File[]> {
  if (files.length < 2) return [...files];
  const slices = await Promise.all(files.map(isSlice));
  const found = files.filter((_, k) => slices[k]);
  return found.length > 0 ? found : [...files];
}

/** The files that were dropped, those in folders too. */
export async function dropped(transfer: DataTransfer): Promise<File[]> {
  const entries = [...transfer.items].map((i) => i.webkitGetAsEntry()).filter((e) => e !== null);
  const out: File[] = [];
  const walk = async (entry: FileSystemEntry): Promise<void> => {
    if (entry.isFile) {
      out.push(await new Promise<File>((ok, no) => (entry as FileSystemFileEntry).file(ok, no)));
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    for (;;) {
      const some = await new Promise<FileSystemEntry[]>((ok, no) => reader.readEntries(ok, no));
      if (some.length === 0) return;
      for (const e of some) await walk(e);
    }
  };
  for (const e of entries) await walk(e);
  return out.length > 0 ? out : [...transfer.files];
}

export class Making {
  job: Job | undefined = $state.raw();
  /** Share of the files that has been sent, while they are. */
  sending: number | undefined = $state();
  problem: string = $state('');
  /** Which field the problem is about. */
  field: string = $state('');
  spots: Spot[] = $state.raw([]);
  chosen: number = $state(-1);
  #events: EventSource | undefined;
  #request: XMLHttpRequest | undefined;
  #turn = 0;
  /** Takes a head into use; undefined goes back to the one before. */
  #use: (head: string | undefined) => Promise<void>;

  constructor(use: (head: string | undefined) => Promise<void>) {
    this.#use = use;
  }

  working: boolean = $derived(this.sending !== undefined || this.job?.stage === 'waiting' || this.job?.stage === 'running');
  moved: boolean = $derived(this.spots.some((s) => distance(s.at, s.found) > 0.05));
  /** Every landmark was looked at, and the head is the one that they give. */
  confirmed: boolean = $derived(this.job?.stage === 'made' && !this.moved && this.spots.every((s) => s.seen));
  /** What must be looked at before the head can be made again. */
  lacking: Landmark[] = $derived(
    this.job?.made?.made_of === 'scan' ? DIRECTIONS.filter((l) => this.spots.some((s) => s.landmark === l && !s.seen)) : [],
  );

  marks(name: (l: Landmark) => string): Mark[] {
    return this.spots.map((s, k) => ({ at: s.at, colour: s.seen ? '#1b7f4b' : '#b3402a', label: name(s.landmark), radius: k === this.chosen ? 3.6 : 2.6, drag: true }));
  }

  /** Sends files and makes a head of them. */
  async begin(files: readonly File[], patient: string | undefined, wanted: Wanted): Promise<void> {
    const turn = ++this.#turn;
    this.#say();
    this.sending = 0;
    try {
      const job = await data(client.POST('/api/jobs', { body: patient ? { patient } : {} }));
      if (turn !== this.#turn) return void (await cancelled(job.id));
      this.job = job;
      const all = Math.max(1, files.reduce((n, f) => n + f.size, 0));
      let done = 0;
      for (const file of files) {
        await this.#send(job.id, file, (n) => (this.sending = (done + n) / all));
        if (turn !== this.#turn) return;
        done += file.size;
      }
      this.sending = undefined;
      await this.start(wanted);
    } catch (e) {
      if (turn === this.#turn) this.#fail(e);
    } finally {
      if (turn === this.#turn) this.sending = undefined;
    }
  }

  #send(job: string, file: File, told: (sent: number) => void): Promise<void> {
    return new Promise((ok, no) => {
      const request = new XMLHttpRequest();
      this.#request = request;
      request.open('POST', `/api/jobs/${encodeURIComponent(job)}/files?name=${encodeURIComponent(file.name)}`);
      request.setRequestHeader('content-type', 'application/octet-stream');
      if (guard.csrf) request.setRequestHeader('x-baihui-csrf', guard.csrf);
      request.upload.onprogress = (e) => told(e.loaded);
      request.onload = () => {
        if (request.status === 200) return ok();
        try {
          no(new Refused(JSON.parse(request.responseText) as Schemas['Problem']));
        } catch {
          no(new Error(`${request.status} ${request.statusText}`));
        }
      };
      request.onerror = request.onabort = () => no(new Error(file.name));
      request.send(file);
    });
  }

  /** Makes the head of what has been sent, with these wishes. */
  async start(wanted: Wanted): Promise<void> {
    const job = this.job;
    if (!job) return;
    this.#say();
    try {
      this.job = await data(client.POST('/api/jobs/{job}/start', { params: { path: { job: job.id } }, body: wanted }));
      this.#follow(job.id);
    } catch (e) {
      this.#fail(e);
    }
  }

  /** The head anew with its landmarks as they were placed and confirmed. */
  async again(wanted: Wanted): Promise<void> {
    const given = this.spots.filter((s) => s.seen).map((s) => ({ landmark: s.landmark, position_mm: s.at as [number, number, number] }));
    await this.start({ ...wanted, landmarks: given });
  }

  #follow(id: string): void {
    this.#events?.close();
    // A connection that breaks is made again by the browser; each event is the whole job.
    const events = new EventSource(`/api/jobs/${encodeURIComponent(id)}/events`);
    this.#events = events;
    events.addEventListener('state', (e) => {
      if (events === this.#events) this.#take(JSON.parse(e.data as string) as Job);
    });
    events.onerror = () => {
      if (events.readyState !== EventSource.CLOSED || events !== this.#events) return;
      data(client.GET('/api/jobs/{job}', { params: { path: { job: id } } })).then(
        (job) => this.#take(job),
        (e: unknown) => this.#fail(e),
      );
    };
  }

  #take(job: Job): void {
    this.job = job;
    if (job.stage !== 'made' && job.stage !== 'failed' && job.stage !== 'cancelled') return;
    this.#events?.close();
    this.#events = undefined;
    if (job.stage === 'failed' && job.problem) this.#fail(new Refused(job.problem));
    if (job.stage === 'made' && job.made) {
      this.spots = job.made.landmarks.map((l) => ({
        landmark: l.landmark,
        found: vec(l.position_mm),
        at: vec(l.position_mm),
        sd: l.sd_mm,
        method: l.method,
        seen: l.origin === 'picked',
      }));
      this.chosen = -1;
      void this.#use(job.made.head);
    }
  }

  place(k: number, at: Vec3): void {
    this.chosen = k;
    this.spots = this.spots.map((s, n) => (n === k ? { ...s, at, seen: true } : s));
  }

  /** Puts a landmark back where it was found. */
  back(k: number): void {
    this.spots = this.spots.map((s, n) => (n === k ? { ...s, at: s.found, seen: false } : s));
  }

  see(k: number, seen: boolean): void {
    this.spots = this.spots.map((s, n) => (n === k ? { ...s, seen } : s));
  }

  /** Keeps the head; for a patient in the record, otherwise in the server's memory. */
  async keep(version: number | undefined): Promise<boolean> {
    const job = this.job;
    if (!job) return false;
    try {
      const kept = await data(client.POST('/api/jobs/{job}/keep', { params: { path: { job: job.id } }, body: version === undefined ? {} : { version } }));
      this.#clear();
      await this.#use(kept.head);
      return true;
    } catch (e) {
      this.#fail(e);
      return false;
    }
  }

  /** Ends it; nothing is left, here or on the server. `restore`: the head that was in use before comes back. */
  async cancel(restore = true): Promise<void> {
    this.#turn += 1;
    const { job } = this;
    const shown = job?.made !== undefined && job.made !== null;
    this.#request?.abort();
    this.#clear();
    if (job) await cancelled(job.id);
    if (shown && restore) await this.#use(undefined);
  }

  #clear(): void {
    this.#events?.close();
    this.#events = undefined;
    this.#request = undefined;
    this.job = undefined;
    this.sending = undefined;
    this.spots = [];
    this.chosen = -1;
    this.#say();
  }

  #say(problem = '', field = ''): void {
    [this.problem, this.field] = [problem, field];
  }

  #fail(e: unknown): void {
    this.#say(e instanceof Error ? e.message : String(e), e instanceof Refused ? (e.problem.field ?? '') : '');
  }
}

async function cancelled(job: string): Promise<void> {
  // What the server has forgotten needs no end.
  await data(client.POST('/api/jobs/{job}/cancel', { params: { path: { job } }, body: {} })).catch(() => {});
}

export function distance(a: Vec3, b: Vec3): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
