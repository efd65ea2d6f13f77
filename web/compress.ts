/**
 * Lays a .br and a .gz beside each built file that shrinks, so that the edge sends them as they are.
 * index.html is left alone: the edge fills in its placeholders at run time.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const folder = join(import.meta.dirname, "dist", "static");

for (const name of readdirSync(folder).filter((name) => /\.(?:js|css|svg)$/.test(name))) {
  const content = readFileSync(join(folder, name));
  const packed = {
    br: brotliCompressSync(content, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: content.length },
    }),
    gz: gzipSync(content, { level: 9 }),
  };
  for (const [suffix, bytes] of Object.entries(packed)) {
    if (bytes.length < content.length) writeFileSync(join(folder, `${name}.${suffix}`), bytes);
  }
}
