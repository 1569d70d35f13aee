import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/**
 * A folder outside the repository, made once for its contents.
 *
 * @param contents what decides on the result: the same contents give the same folder
 * @param build fills the folder; one that fails or is interrupted leaves nothing behind that could be taken for a result
 */
export async function cached(name: string, contents: readonly (string | Buffer)[], build: (directory: string) => Promise<void>): Promise<string> {
  const hash = createHash('sha256');
  contents.forEach(part => hash.update(part).update('\0'));
  const root = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'cdk-vpc-cni-service-account-role');
  const result = join(root, `${name}-${hash.digest('hex').slice(0, 16)}`);
  if (existsSync(result)) {
    return result;
  }
  mkdirSync(root, { recursive: true });
  const unfinished = mkdtempSync(`${result}.`);
  try {
    await build(unfinished);
    renameSync(unfinished, result);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    // Somebody else may have finished the same folder first.
    if (!existsSync(result)) {
      throw error;
    }
  }
  return result;
}
