/** Values kept in this browser. A browser that keeps nothing (private windows) is no error. */

import { persist } from './durable';

export function kept<T>(key: string, otherwise: T): T {
  try {
    const text = localStorage.getItem(`baihui.${key}`);
    return text === null ? otherwise : (JSON.parse(text) as T);
  } catch {
    return otherwise;
  }
}

export function keep(key: string, value: unknown): void {
  try {
    const text = JSON.stringify(value);
    localStorage.setItem(`baihui.${key}`, text);
    persist(`baihui.${key}`, text);
  } catch {
    // Nothing to be done: the value lives as long as the page.
  }
}

export function forget(key: string): void {
  try {
    localStorage.removeItem(`baihui.${key}`);
    persist(`baihui.${key}`, null);
  } catch {
    // Then nothing was kept.
  }
}

/** A file for the user, made in the page. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
