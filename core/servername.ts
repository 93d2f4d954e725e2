// Finds the entry of servers[] for the application that a client names.

/** Whether an application's name matches a `servername`: `*` stands for any run of characters, all else for itself. */
export function matchesServername(servername: string, name: string): boolean {
  if (!servername.includes('*')) return servername === name;
  const parts = servername.split('*');
  const first = parts.shift() ?? '';
  const last = parts.pop() ?? '';
  if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
    return false;
  let at = first.length;
  const end = name.length - last.length;
  for (const part of parts) {
    const found = name.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
