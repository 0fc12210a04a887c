/** A line longer than the largest chain is an attack or a fault. */
const LINE_CHARS = 512 * 1024 * 1024;

/** Splits a body into lines. A last line without its end is not a line: it was cut. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  const decoder = new TextDecoder();
  let parts: string[] = [];
  let length = 0;
  for await (const bytes of body) {
    const [head = '', ...rest] = decoder.decode(bytes, { stream: true }).split('\n');
    parts.push(head);
    length += head.length;
    if (length > LINE_CHARS) throw new Error(`a line of more than ${LINE_CHARS} characters`);
    if (rest.length === 0) continue;
    yield parts.join('');
    yield* rest.slice(0, -1);
    parts = rest.slice(-1);
    length = parts[0]?.length ?? 0;
  }
}
