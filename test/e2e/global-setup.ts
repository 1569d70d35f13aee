import { installRuntimes } from '../../local-stack/aws/runtimes';
import { bundleHandlers } from '../../local-stack/bundle-handlers';
import { Binaries } from '../../local-stack/kubernetes/binaries';
import { checkPrerequisites } from '../../local-stack/prerequisites';
import { Progress } from '../../local-stack/progress';

/** What all tests need is built once, before any of them: they run side by side. */
export default async function globalSetup(): Promise<void> {
  checkPrerequisites();
  const progress = new Progress('what the end-to-end tests need');
  bundleHandlers();
  await Binaries.get(progress);
  await progress.during('installing the emulator of AWS and its runtimes', installRuntimes());
}
