import type { RecordedLine } from './recording';

const COLUMNS = 140;
const ROWS = 32;
const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const MARGIN = 14;
const BAR = 30;
/** Nobody wants to watch a deployment wait. */
const LONGEST_PAUSE_SECONDS = 1.2;
/** Time to read the end before it starts again. */
const END_SECONDS = 8;

const WIDTH = Math.ceil(COLUMNS * CHARACTER_WIDTH) + 2 * MARGIN;
const HEIGHT = ROWS * LINE_HEIGHT + BAR + 2 * MARGIN;

const COLOURS: readonly [pattern: RegExp, colour: string][] = [
  [/^ +[\d.]+ s {2}cdk /, '#7cc7ff'],
  [/✅|_COMPLETE\b/, '#8fd694'],
  [/ (before|after cdk (deploy|destroy))$/, '#f2c14e'],
  [/^ +[\d.]+ s {2}/, '#e6edf3'],
];
const COLOUR = '#a9b4c0';

/** A terminal in which the lines come as they came, without the long waits; still for those who want no motion, with its last lines. */
export function terminalSvg(title: string, recorded: readonly RecordedLine[]): string {
  const lines = recorded.map(({ seconds, text }) => ({ seconds, text: cut(text), colour: colourOf(text) }));
  const times = shownAt(lines.map(({ seconds }) => seconds));
  const total = times[times.length - 1] + END_SECONDS;
  const steps = times.map((time, index) => `${(100 * time / total).toFixed(3)}% { transform: translateY(${offset(index + 1)}px); }`);
  const end = `transform: translateY(${offset(lines.length)}px);`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">
<style>
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; white-space: pre; }
#lines { ${end} animation: scroll ${total.toFixed(1)}s step-end infinite; }
@media (prefers-reduced-motion: reduce) { #lines { animation: none; } }
@keyframes scroll {
0% { transform: translateY(${offset(0)}px); }
${steps.join('\n')}
100% { ${end} }
}
</style>
<rect width="${WIDTH}" height="${HEIGHT}" rx="8" fill="#161b22"/>
<circle cx="18" cy="16" r="5" fill="#f2655a"/><circle cx="36" cy="16" r="5" fill="#f2c14e"/><circle cx="54" cy="16" r="5" fill="#5fbf77"/>
<text x="${WIDTH / 2}" y="20" text-anchor="middle" fill="#a9b4c0">${escaped(title)}</text>
<svg x="${MARGIN}" y="${BAR + MARGIN / 2}" width="${WIDTH - 2 * MARGIN}" height="${ROWS * LINE_HEIGHT}">
<g id="lines" xml:space="preserve">
${lines.map(({ text, colour }, index) => `<text y="${index * LINE_HEIGHT + FONT_SIZE}" fill="${colour}">${escaped(text)}</text>`).join('\n')}
</g>
</svg>
</svg>
`;
}

/** So that the last of so many lines is at the bottom. */
function offset(lines: number): number {
  return (ROWS - lines) * LINE_HEIGHT;
}

function shownAt(seconds: readonly number[]): number[] {
  let time = 0;
  return seconds.map((second, index) => {
    time += Math.min(second - (seconds[index - 1] ?? second), LONGEST_PAUSE_SECONDS);
    return time;
  });
}

/** In a table, one line that goes on is harder to read than one that ends. */
function cut(text: string): string {
  const characters = [...text];
  return characters.length > COLUMNS ? `${characters.slice(0, COLUMNS - 1).join('')}…` : text;
}

function colourOf(text: string): string {
  return COLOURS.find(([pattern]) => pattern.test(text))?.[1] ?? COLOUR;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
