// Finds the name that the operator meant when they misspelt it.

/** The candidate nearest to `written`, if one is near enough to be a typing error. */
function nearestName(written: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const [a, b] = [plain(written), plain(candidate)];
    const allowed = Math.max(1, Math.floor(Math.max(a.length, b.length) / 3));
    // Each letter too many is a typo at least. A config may hold a "name" of a megabyte.
    if (Math.abs(a.length - b.length) > allowed) continue;
    const distance = typosBetween(a, b);
    if (distance <= allowed && distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** ` Did you mean "x"?`, or nothing. */
export function didYouMean(written: string, candidates: Iterable<string>): string {
  const nearest = nearestName(written, candidates);
  return nearest === undefined ? '' : `; did you mean "${nearest}"?`;
}

// segment_seconds, segmentSeconds and SegmentSeconds count as the same name.
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, '');
}

/** Letters added, left out, changed or swapped with their neighbour (optimal string alignment). */
function typosBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let typos = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, changed);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        typos = Math.min(typos, at(rows, i - 2, j - 2) + 1);
      row.push(typos);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly number[][], row: number, column: number): number {
  return rows[row]?.[column] ?? 0;
}
