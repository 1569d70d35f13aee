import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TITLE } from '../../local-stack/recording/record-demo';
import { fromText, toText } from '../../local-stack/recording/recording';
import { terminalSvg } from '../../local-stack/recording/terminal-svg';

const recorded = (file: string) => readFileSync(join(__dirname, '../../docs/recording', file), 'utf8');

test('the picture of the demo is made from its record, which goes to the end', () => {
  const lines = fromText(recorded('demo.txt'));
  expect(toText(lines)).toEqual(recorded('demo.txt'));
  expect(terminalSvg(TITLE, lines)).toEqual(recorded('demo.svg'));
  expect(lines.map(({ text }) => text)).toContainEqual(expect.stringContaining('the demo has shown all that it should'));
});

test('each line comes in its time, but for long pauses, and the last one stays', () => {
  const svg = terminalSvg('title', [{ seconds: 0, text: 'first' }, { seconds: 1, text: 'second' }, { seconds: 100, text: 'third' }]);
  const shown = [...svg.matchAll(/^([\d.]+)% \{ transform: translateY\((-?\d+)px/gm)].map(([, percent, y]) => [Number(percent), Number(y)]);
  const [[, empty], ...steps] = shown.slice(0, -1);
  const total = 1 + 1.2 + 8;
  expect(steps.map(([percent]) => percent)).toEqual([0, 1, 2.2].map(seconds => expect.closeTo(100 * seconds / total, 2)));
  expect(steps.map(([, y]) => (empty - y) / 18)).toEqual([1, 2, 3]);
  expect(shown[shown.length - 1]).toEqual([100, steps[2][1]]);
});

test('text is text, and long lines are cut', () => {
  const svg = terminalSvg('a "title"', [{ seconds: 0, text: `<a & b>${'x'.repeat(150)}` }]);
  expect(svg).toContain('&lt;a &amp; b>');
  expect(svg).toContain('aria-label="a &quot;title&quot;"');
  expect(svg).toMatch(/x{50}…<\/text>/);
});
