import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, dirname } from 'node:path';
import { text } from 'node:stream/consumers';
import { awsCli } from '../../local-stack/aws/aws-cli';
import type { LocalStack } from '../../local-stack/local-stack';
import type { CommandBlock } from '../documented-commands';

const END_OF_BLOCK = '===== end of block =====';

/** The terminal of a reader of the documentation: bash, the AWS CLI and kubectl, for one cluster. */
export class DocumentedShell {
  static async open(stack: LocalStack, clusterName: string): Promise<DocumentedShell> {
    const path = [await awsCli(stack.directory), dirname(stack.kubectl), stack.aws.environment.PATH].join(delimiter);
    return new DocumentedShell({ ...stack.aws.environment, PATH: path, KUBECONFIG: stack.cluster(clusterName).kubeconfig });
  }

  private constructor(private readonly env: Record<string, string>) {}

  /**
   * Runs them in one shell, and compares what they print with what the page says.
   *
   * @param names what stands for the words in capitals
   */
  async run(blocks: readonly CommandBlock[], names: Readonly<Record<string, string>> = {}): Promise<void> {
    const script = blocks.map(({ commands }) => [...commands.map(command => named(command, names)), `echo '${END_OF_BLOCK}'`].join('\n'));
    const outputs = (await this.bash(script.join('\n'))).split(`${END_OF_BLOCK}\n`);
    blocks.forEach(({ page, heading, output }, index) => {
      if (output !== undefined && !patternOf(output).test(evenlySpaced(outputs[index]))) {
        throw new Error(`${page}, ${heading}, says:\n${output}\nbut its commands print:\n${outputs[index]}`);
      }
    });
  }

  private async bash(script: string): Promise<string> {
    const shell = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script}`], { env: this.env, stdio: ['ignore', 'pipe', 'inherit'] });
    const [printed, [exitCode]] = await Promise.all([text(shell.stdout), once(shell, 'close') as Promise<[number]>]);
    if (exitCode !== 0) {
      throw new Error(`ended with ${exitCode}:\n${script}\nand printed:\n${printed}`);
    }
    return printed;
  }
}

/** Not what a shell variable is called. */
function named(command: string, names: Readonly<Record<string, string>>): string {
  return command.replace(/(?<![$\w{])[A-Z][A-Z_]+(?![\w=])/g, word => names[word] ?? word);
}

function patternOf(output: string): RegExp {
  return new RegExp(`^${evenlySpaced(output).split('…').map(part => part.replace(/[^\w\s]/g, '\\$&')).join('[^]*?')}$`);
}

function evenlySpaced(output: string): string {
  return output.replace(/ +/g, ' ').trim();
}
