// Line graphs as SVG: panels one below the other over one logarithmic axis. A graph has its own background, and colours
// that every reader can tell apart on it, so it looks the same on a page in light mode and in dark mode.

export interface Series {
  readonly label: string;
  /** Series of the same colour belong together, in all panels. */
  readonly colour: string;
  readonly stroke: 'solid' | 'dashed';
  /** `y` null: there is no figure, and the line has a gap. */
  readonly points: readonly { readonly x: number; readonly y: number | null }[];
}

export interface Panel {
  /** With the unit. */
  readonly title: string;
  readonly series: readonly Series[];
}

export interface Graph {
  readonly title: string;
  /** For readers who cannot see it. */
  readonly description: string;
  readonly xTitle: string;
  readonly panels: readonly Panel[];
}

/** Distinct with any colour vision, and with a contrast of 4.5 and more on white. */
export const COLOURS = ['#0550ae', '#bc4c00', '#1a7f37', '#8250df', '#57606a'] as const;

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 24;
const TITLE_HEIGHT = 44;
const PANEL_HEIGHT = 200;
/** The heights of a panel's title and of each row of the legend below it. */
const HEADING_HEIGHT = 30;
const LEGEND_ROW_HEIGHT = 18;
const PANEL_GAP = 14;
const FOOT_HEIGHT = 56;
const INK = '#1f2328';
const FAINT_INK = '#57606a';
const GRID = '#d8dee4';
const BACKGROUND = '#ffffff';
/** In the legend: about the mean of a sans-serif font of 12 px. */
const CHARACTER_WIDTH = 6.4;
const SAMPLE_WIDTH = 26;
const LEGEND_GAP = 22;
const MAX_TICKS = 6;

type Scale = (value: number) => number;
type Point = readonly [x: number, y: number];

export function drawGraph(graph: Graph): string {
  const xs = graph.panels.flatMap((panel) => panel.series.flatMap((each) => each.points.map(({ x }) => x)));
  const range = { from: Math.min(...xs), to: Math.max(...xs) };
  const x = logarithmicScale(range.from, range.to, LEFT, WIDTH - RIGHT);
  const legendRows = Math.max(...graph.panels.map(({ series }) => legendPlaces(series).at(-1)?.row ?? 0)) + 1;
  const headHeight = HEADING_HEIGHT + legendRows * LEGEND_ROW_HEIGHT;
  const pitch = headHeight + PANEL_HEIGHT + PANEL_GAP;
  const height = TITLE_HEIGHT + graph.panels.length * pitch - PANEL_GAP + FOOT_HEIGHT;
  const ticks = logarithmicTicks(range.from, range.to);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="12" fill="${INK}">`,
    `<title>${escapeText(graph.title)}</title>`,
    `<desc>${escapeText(graph.description)}</desc>`,
    `<rect x="0.5" y="0.5" width="${WIDTH - 1}" height="${height - 1}" rx="6" fill="${BACKGROUND}" stroke="${GRID}"/>`,
    `<text x="20" y="28" font-size="16" font-weight="600">${escapeText(graph.title)}</text>`,
    ...graph.panels.flatMap((panel, index) => {
      const top = TITLE_HEIGHT + index * pitch;
      return [...drawHead(panel, top), ...drawPanel(panel, top + headHeight, x, ticks)];
    }),
    ...ticks.map((tick) => text(x(tick), height - FOOT_HEIGHT + 18, formatNumber(tick), 'middle')),
    text((LEFT + WIDTH - RIGHT) / 2, height - 16, graph.xTitle, 'middle'),
    '</svg>',
    '',
  ].join('\n');
}

function drawHead({ title, series }: Panel, top: number): string[] {
  const places = legendPlaces(series);
  return [
    `<text x="20" y="${top + 16}" font-size="13" font-weight="600">${escapeText(title)}</text>`,
    ...series.flatMap(({ label, colour, stroke }, index) => {
      const { left, row } = places[index] ?? { left: LEFT, row: 0 };
      const y = top + HEADING_HEIGHT + 6 + row * LEGEND_ROW_HEIGHT;
      return [
        `<path d="M${round(left)} ${y - 4}h${SAMPLE_WIDTH}" fill="none" stroke="${colour}" stroke-width="2"${dashes(stroke)}/>`,
        text(left + SAMPLE_WIDTH + 8, y, label, 'start'),
      ];
    }),
  ];
}

/** Side by side until a row is full, then in the next row. */
function legendPlaces(series: readonly Series[]): { left: number; row: number }[] {
  let left = LEFT;
  let row = 0;
  return series.map(({ label }) => {
    const width = SAMPLE_WIDTH + 8 + label.length * CHARACTER_WIDTH;
    if (left > LEFT && left + width > WIDTH - RIGHT) [left, row] = [LEFT, row + 1];
    const place = { left, row };
    left += width + LEGEND_GAP;
    return place;
  });
}

function drawPanel({ series }: Panel, top: number, x: Scale, xTicks: readonly number[]): string[] {
  const ticks = linearTicks(Math.max(...series.flatMap(({ points }) => points.map(({ y }) => y ?? 0))));
  const bottom = top + PANEL_HEIGHT;
  const y: Scale = (value) => bottom - (value / (ticks.at(-1) ?? 1)) * PANEL_HEIGHT;
  return [
    ...xTicks.map((tick) => line([x(tick), top], [x(tick), bottom], GRID)),
    ...ticks.flatMap((tick) => [
      line([LEFT, y(tick)], [WIDTH - RIGHT, y(tick)], tick === 0 ? FAINT_INK : GRID),
      text(LEFT - 8, y(tick) + 4, formatNumber(tick), 'end'),
    ]),
    ...series.flatMap((each) => drawSeries(each, x, y)),
  ];
}

function drawSeries({ points, colour, stroke }: Series, x: Scale, y: Scale): string[] {
  const path: string[] = [];
  const dots: string[] = [];
  let gap = true;
  for (const point of points) {
    if (point.y !== null) {
      const [atX, atY] = [round(x(point.x)), round(y(point.y))];
      path.push(`${gap ? 'M' : 'L'}${atX} ${atY}`);
      dots.push(`<circle cx="${atX}" cy="${atY}" r="2.5" fill="${colour}"/>`);
    }
    gap = point.y === null;
  }
  if (path.length === 0) return [];
  const line = `<path d="${path.join('')}" fill="none" stroke="${colour}" stroke-width="2" stroke-linejoin="round"${dashes(stroke)}/>`;
  return [line, ...dots];
}

function dashes(stroke: Series['stroke']): string {
  return stroke === 'dashed' ? ' stroke-dasharray="6 4"' : '';
}

function logarithmicScale(from: number, to: number, left: number, right: number): Scale {
  const width = Math.log(to / from);
  return (value) => left + ((right - left) * Math.log(value / from)) / width;
}

/** 1, 2 and 5 times the powers of ten inside the range. */
export function logarithmicTicks(from: number, to: number): number[] {
  const ticks: number[] = [];
  for (let power = 10 ** Math.floor(Math.log10(from)); power <= to; power *= 10) {
    ticks.push(...[1, 2, 5].map((digit) => digit * power).filter((tick) => tick >= from && tick <= to));
  }
  return ticks;
}

/** Round steps from 0 to the first tick that is not below `max`. */
export function linearTicks(max: number): number[] {
  const rough = (max > 0 ? max : 1) / (MAX_TICKS - 1);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = ([1, 2, 5].find((digit) => digit * power >= rough) ?? 10) * power;
  const count = Math.ceil((max > 0 ? max : 1) / step);
  return Array.from({ length: count + 1 }, (_, index) => Number((index * step).toPrecision(12)));
}

function line([x1, y1]: Point, [x2, y2]: Point, colour: string): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${colour}"/>`;
}

function text(x: number, y: number, content: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="${anchor}" fill="${FAINT_INK}">${escapeText(content)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function formatNumber(value: number): string {
  return value.toLocaleString('en');
}

function escapeText(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
