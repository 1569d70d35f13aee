import { execFileSync } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { installRuntimes } from '../../local-stack/aws/runtimes';

const ROOT = join(__dirname, '../..');

test('the layer around CDK\'s kubectl handler keeps to its own tests', async () => {
  const { python } = await installRuntimes();
  const handlerOfCdk = join(dirname(require.resolve('aws-cdk-lib')), 'custom-resource-handlers/dist/aws-eks-v2/kubectl-handler');
  execFileSync(join(python, 'bin/python'), ['-m', 'unittest', 'discover', '--start-directory', 'test/handlers/kubectl'], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1', PYTHONPATH: [join(ROOT, 'lib/handlers/kubectl'), handlerOfCdk].join(delimiter) },
    stdio: 'pipe',
  });
});
