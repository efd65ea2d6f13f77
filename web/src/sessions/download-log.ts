/** The whole log as a file, also where the page holds only its end. */
import type { Api } from "../api/client.ts";

/** Reads it from the first line in pieces; what is added meanwhile is left out. */
export async function downloadLog(api: Api, id: string): Promise<void> {
  const parts: string[] = [];
  for (let offset = 0; ; ) {
    const chunk = await api.log(id, offset);
    parts.push(chunk.text);
    if (chunk.nextOffset <= offset || chunk.nextOffset >= chunk.sizeBytes) break;
    offset = chunk.nextOffset;
  }
  const url = URL.createObjectURL(new Blob(parts, { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `fairway-${id}.log`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser reads it after this call
}
