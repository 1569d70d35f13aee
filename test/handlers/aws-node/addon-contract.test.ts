import { type ContractEks, addonContract } from './addon-contract';
import { World } from './world';

describe('the fake', () => {
  const { addon, clock } = new World();
  const eks: ContractEks = {
    addon,
    name: 'blue',
    pause: () => clock.sleep(1_000),
    install: async roleArn => addon.install({ roleArn }),
    uninstall: async () => { addon.state = undefined; },
  };
  addonContract(() => eks);
});
