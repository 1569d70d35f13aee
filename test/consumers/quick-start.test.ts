import { readFileSync } from 'node:fs';
import { join } from 'node:path';

test.each([
  ['ts', 'typescript/quick-start.ts'],
  ['python', 'python/quick_start.py'],
  ['java', 'java/src/main/java/QuickStart.java'],
  ['go', 'go/quick-start/main.go'],
])('README.md has the quick start in %s, as the consumers run it', (language, file) => {
  const readme = readFileSync(join(__dirname, '../../README.md'), 'utf8');
  const [, shown] = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readme)!;
  expect(shown).toEqual(readFileSync(join(__dirname, file), 'utf8'));
});
