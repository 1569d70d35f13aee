import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { podStages } from '../../local-stack/kubernetes/node-faults';

const directory = mkdtempSync(join(tmpdir(), 'node-faults-'));
afterAll(() => rmSync(directory, { recursive: true }));

const STAGE = 'kind: Stage\nspec:\n  selector:\n    matchExpressions:\n    - key: .status\n  next: {}\n';

function files(content = STAGE): string[] {
  return ['pod-ready', 'pod-complete', 'pod-delete'].map(name => {
    const file = join(directory, `${name}.yaml`);
    writeFileSync(file, `# ${name}\n${content}`);
    return file;
  });
}

const stage = (name: string, stages: string) => stages.split('\n---\n').find(one => one.startsWith(`# ${name}\n`));

test('without faults, pods are Ready at once and end at once', () => {
  const stages = podStages(files(), {});
  expect(stage('pod-ready', stages)).toContain('spec:\n  delay: { durationMilliseconds: 0 }\n  selector:');
  expect(stage('pod-delete', stages)).toEqual(`# pod-delete\n${STAGE}`);
  expect(stages).not.toContain('ImagePullBackOff');
});

test('nodes with faults are taken out of the stages that they do not reach', () => {
  const stages = podStages(files(), { withoutImages: ['one'], holdingPods: ['two'], podReadySeconds: 3 });
  expect(stage('pod-ready', stages)).toContain('delay: { durationMilliseconds: 3000 }');
  expect(stage('pod-ready', stages)).toContain('    matchExpressions:\n    - {"key":".spec.nodeName","operator":"NotIn","values":["one"]}\n');
  expect(stage('pod-delete', stages)).toContain('    matchExpressions:\n    - {"key":".spec.nodeName","operator":"NotIn","values":["two"]}\n');
  expect(stages).toContain('ImagePullBackOff');
});

test('stages that are not as they were', () => {
  expect(() => podStages(files('kind: Stage\n'), { podReadySeconds: 1 })).toThrow('KWOK\'s stage is not as it was');
});
