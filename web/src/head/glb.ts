/** Reads the parts of a head file (glTF 2.0 binary) that are drawn. Positions are millimetres, RAS. */

export interface Part {
  positions: Float32Array;
  normals: Float32Array;
  indices: Uint32Array;
}

export interface HeadMesh {
  skin: Part;
  ears: Part | undefined;
  brain: Part | undefined;
}

interface Accessor {
  bufferView: number;
  byteOffset?: number;
  componentType: number;
  count: number;
  type: string;
}

interface Document {
  nodes: { name?: string; mesh?: number }[];
  meshes: { primitives: { attributes: Record<string, number>; indices?: number }[] }[];
  accessors: Accessor[];
  bufferViews: { byteOffset?: number; byteLength: number }[];
}

const MAGIC = 0x46546c67;
const JSON_CHUNK = 0x4e4f534a;
const BIN_CHUNK = 0x004e4942;
const FLOAT = 5126;
const UNSIGNED_INT = 5125;
const UNSIGNED_SHORT = 5123;

/** The skin, and where the file has them the ears and the brain. Throws an Error that says what is wrong. */
export function readHead(buffer: ArrayBuffer): HeadMesh {
  const view = new DataView(buffer);
  if (buffer.byteLength < 20 || view.getUint32(0, true) !== MAGIC) throw new Error('not a GLB file');
  let at = 12;
  let json: Document | undefined;
  let bin: { start: number; length: number } | undefined;
  while (at + 8 <= buffer.byteLength) {
    const length = view.getUint32(at, true);
    const kind = view.getUint32(at + 4, true);
    const start = at + 8;
    if (start + length > buffer.byteLength) throw new Error('a chunk of the GLB file is cut off');
    if (kind === JSON_CHUNK) json = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, start, length))) as Document;
    if (kind === BIN_CHUNK) bin = { start, length };
    at = start + length;
  }
  if (!json || !bin) throw new Error('the GLB file lacks a chunk');
  const doc = json;
  const data = bin;

  function accessor(index: number | undefined, type: string): { array: ArrayBuffer; count: number; component: number } {
    const a = index === undefined ? undefined : doc.accessors[index];
    const v = a && doc.bufferViews[a.bufferView];
    if (!a || !v || a.type !== type) throw new Error(`the GLB file lacks an accessor of type ${type}`);
    const size = a.componentType === UNSIGNED_SHORT ? 2 : 4;
    const bytes = a.count * size * (type === 'VEC3' ? 3 : 1);
    const offset = (v.byteOffset ?? 0) + (a.byteOffset ?? 0);
    if (offset + bytes > data.length) throw new Error('an accessor of the GLB file is cut off');
    // A copy: the file's offsets need not be aligned for a view.
    return { array: buffer.slice(data.start + offset, data.start + offset + bytes), count: a.count, component: a.componentType };
  }

  function part(name: string): Part | undefined {
    const node = doc.nodes.find((n) => n.name === name && n.mesh !== undefined);
    const primitive = node?.mesh === undefined ? undefined : doc.meshes[node.mesh]?.primitives[0];
    if (!primitive) return undefined;
    const positions = accessor(primitive.attributes['POSITION'], 'VEC3');
    const normals = accessor(primitive.attributes['NORMAL'], 'VEC3');
    const indices = accessor(primitive.indices, 'SCALAR');
    if (positions.component !== FLOAT || normals.component !== FLOAT) throw new Error('positions of the GLB file are not floats');
    const list =
      indices.component === UNSIGNED_SHORT
        ? Uint32Array.from(new Uint16Array(indices.array))
        : indices.component === UNSIGNED_INT
          ? new Uint32Array(indices.array)
          : undefined;
    if (!list) throw new Error('indices of the GLB file are not integers');
    if (list.some((i) => i >= positions.count)) throw new Error('an index of the GLB file leads nowhere');
    return { positions: new Float32Array(positions.array), normals: new Float32Array(normals.array), indices: list };
  }

  const skin = part('skin');
  if (!skin) throw new Error('the GLB file has no skin');
  return { skin, ears: part('ears'), brain: part('brain') };
}
