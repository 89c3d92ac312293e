/** How the rooms Course and Clinic write dates and numbers. */

import type { Language } from '../i18n';

/** A number as short as it can be told, with a true minus sign. */
export function short(v: number): string {
  return String(Math.round(v * 100) / 100).replace('-', '−');
}

/** A day in the language in use, in the time of this machine. */
export function day(at: string, language: Language): string {
  return new Date(at).toLocaleDateString(language === 'zh' ? 'zh-CN' : 'en-GB', { dateStyle: 'medium' });
}

/** Now, as an input of the kind `datetime-local` takes it. */
export function localNow(now = new Date()): string {
  const local = new Date(now.getTime() - now.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
