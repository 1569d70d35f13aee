import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOOLS, checkPrerequisites } from '../../local-stack/prerequisites';

const answers = (node?: string, python?: string, go?: string) =>
  () => checkPrerequisites(undefined, ({ name }) => ({ 'Node.js': node, 'Python': python, 'Go': go })[name]);

test.each([
  ['v20.0.0', 'Python 3.10.0', 'go version go1.26.0 linux/amd64'],
  ['v26.1.2', 'Python 4.0.1', 'go version go2.0 darwin/arm64'],
])('pass: %s, %s, %s', (...versions) => {
  expect(answers(...versions)).not.toThrow();
});

test('every tool that is missing or too old is named at once, with the version needed', () => {
  expect(answers(undefined, 'Python 3.9.18', 'go version go1.25.9 linux/amd64')).toThrow(new Error([
    'the local stack cannot be built here:',
    '- Node.js 20.0 or later is needed: node was not found on the PATH',
    '- Python 3.10 or later is needed: found Python 3.9.18',
    '- Go 1.26 or later is needed: found go version go1.25.9 linux/amd64',
  ].join('\n')));
});

test('a command that is not there counts as missing', () => {
  expect(() => checkPrerequisites([{ name: 'Nothing', command: ['no-such-command-here'], atLeast: [1, 0] }]))
    .toThrow('Nothing 1.0 or later is needed: no-such-command-here was not found on the PATH');
});

test('this Node.js is found', () => {
  expect(() => checkPrerequisites([{ name: 'Node.js', command: [process.execPath, '--version'], atLeast: [20, 0] }])).not.toThrow();
});

test.each(['control-plane', 'kwok', 'vpc-cni'])('the Go that is asked for can build %s', module => {
  const goMod = readFileSync(join(__dirname, '../../local-stack/kubernetes', module, 'go.mod'), 'utf8');
  const [major, minor] = /^go (\d+)\.(\d+)/m.exec(goMod)!.slice(1).map(Number);
  const asked = TOOLS.find(({ name }) => name === 'Go')!.atLeast;
  expect(asked[0]).toEqual(major);
  expect(asked[1]).toBeGreaterThanOrEqual(minor);
});
