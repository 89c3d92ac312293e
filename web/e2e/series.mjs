// A NIfTI image as a scanner would send it: a DICOM file for each axial slice, and those in a zip. Written after PS3.5, PS3.3
// C.7.6.2 and PKWARE's description; nothing here is shared with what reads it.

import { gunzipSync } from 'node:zlib';

const UID = '1.2.826.0.1.3680043.8.498.78';

/** Files of an image of unsigned bytes whose axes are right, anterior, superior. */
export function slices(gzipped) {
  const nii = gunzipSync(gzipped);
  const [nx, ny, nz] = [42, 44, 46].map((at) => nii.readInt16LE(at));
  const row = (i) => [0, 1, 2, 3].map((k) => nii.readFloatLE(280 + 16 * i + 4 * k));
  const [x, y, z] = [row(0), row(1), row(2)];
  const start = nii.readFloatLE(108);
  const out = [];
  for (let k = 0; k < nz; k += 1) {
    // Columns run to the patient's left, rows to the back: the first pixel is the rightmost, foremost voxel.
    const pixels = Buffer.alloc(nx * ny * 2);
    for (let j = 0; j < ny; j += 1) for (let i = 0; i < nx; i += 1) pixels.writeUInt16LE(nii[start + nx - 1 - i + nx * (ny - 1 - j) + nx * ny * k], 2 * (i + nx * j));
    // DICOM counts to the left and to the back.
    const position = [-(x[3] + x[0] * (nx - 1)), -(y[3] + y[1] * (ny - 1)), z[3] + z[2] * k];
    out.push({ name: `IM${String(1000 - k).padStart(4, '0')}`, bytes: file(k, nx, ny, position, [y[1], x[0]], z[2], pixels) });
  }
  return out;
}

function file(k, columns, rows, position, spacing, thickness, pixels) {
  const meta = [
    element(0x0002, 0x0002, 'UI', '1.2.840.10008.5.1.4.1.1.4'),
    element(0x0002, 0x0003, 'UI', `${UID}.3.${k + 1}`),
    element(0x0002, 0x0010, 'UI', '1.2.840.10008.1.2.1'),
  ];
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.concat(meta).length);
  const data = [
    element(0x0008, 0x0008, 'CS', 'ORIGINAL\\PRIMARY\\M'),
    element(0x0008, 0x0016, 'UI', '1.2.840.10008.5.1.4.1.1.4'),
    element(0x0008, 0x0018, 'UI', `${UID}.3.${k + 1}`),
    element(0x0008, 0x0060, 'CS', 'MR'),
    element(0x0010, 0x0010, 'PN', 'Nobody^Invented'),
    element(0x0018, 0x0050, 'DS', String(thickness)),
    element(0x0020, 0x000d, 'UI', `${UID}.1`),
    element(0x0020, 0x000e, 'UI', `${UID}.2`),
    element(0x0020, 0x0032, 'DS', position.join('\\')),
    element(0x0020, 0x0037, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x0028, 0x0002, 'US', 1),
    element(0x0028, 0x0004, 'CS', 'MONOCHROME2'),
    element(0x0028, 0x0010, 'US', rows),
    element(0x0028, 0x0011, 'US', columns),
    element(0x0028, 0x0030, 'DS', spacing.join('\\')),
    element(0x0028, 0x0100, 'US', 16),
    element(0x0028, 0x0101, 'US', 16),
    element(0x0028, 0x0102, 'US', 15),
    element(0x0028, 0x0103, 'US', 0),
    element(0x7fe0, 0x0010, 'OW', pixels),
  ];
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(0x0002, 0x0000, 'UL', length), ...meta, ...data]);
}

function element(group, number, vr, value) {
  let bytes = typeof value === 'number' ? Buffer.from([value & 255, value >> 8]) : Buffer.from(value);
  if (bytes.length % 2) bytes = Buffer.concat([bytes, Buffer.from(vr === 'UI' ? '\0' : ' ')]);
  const head = Buffer.alloc(vr === 'OW' ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(vr, 4, 'latin1');
  if (vr === 'OW') head.writeUInt32LE(bytes.length, 8);
  else head.writeUInt16LE(bytes.length, 6);
  return Buffer.concat([head, bytes]);
}

function crc(bytes) {
  let c = 0xffffffff;
  for (const b of bytes) {
    c ^= b;
    for (let k = 0; k < 8; k += 1) c = (c >>> 1) ^ (c & 1 ? 0xedb88320 : 0);
  }
  return (c ^ 0xffffffff) >>> 0;
}

/** Files in a zip, stored as they are. */
export function zip(files) {
  const [parts, entries] = [[], []];
  let at = 0;
  for (const { name, bytes } of files) {
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt32LE(crc(bytes), 10);
    common.writeUInt32LE(bytes.length, 14);
    common.writeUInt32LE(bytes.length, 18);
    common.writeUInt16LE(name.length, 22);
    parts.push(Buffer.from('PK\x03\x04', 'latin1'), common, Buffer.from(name), bytes);
    const where = Buffer.alloc(14);
    where.writeUInt32LE(at, 10);
    entries.push(Buffer.from('PK\x01\x02\x14\0', 'latin1'), common, where, Buffer.from(name));
    at += 30 + name.length + bytes.length;
  }
  const directory = Buffer.concat(entries);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...parts, directory, Buffer.from('PK\x05\x06', 'latin1'), end]);
}
