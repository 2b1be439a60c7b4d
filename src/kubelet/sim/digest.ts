/** 64 hex digits from a text: no secret, only names that look like what they stand for. */
export function digestOf(text: string): string {
  let digest = "";
  for (let round = 0; round < 8; round++) {
    let hash = 0x811c9dc5 ^ (round * 0x9e3779b9);
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
    digest += (Math.imul(hash, 0x85ebca6b) >>> 0).toString(16).padStart(8, "0");
  }
  return digest;
}
