/** A UUID of version 7 (RFC 9562): sorts by the time it was made. */
export function uuid7(now: number, random: Uint8Array): string {
  const b = new Uint8Array(16);
  b.set(random.subarray(0, 16));
  for (let k = 0; k < 6; k++) b[k] = Math.floor(now / 2 ** (8 * (5 - k))) % 256;
  b[6] = 0x70 | (b[6]! & 0x0f);
  b[8] = 0x80 | (b[8]! & 0x3f);
  const hex = [...b].map((x) => x.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
