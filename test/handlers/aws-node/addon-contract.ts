import type { Addon, AddonState } from '../../../lib/handlers/aws-node/addon';

/** A cluster, and EKS with its add-ons. */
export interface ContractEks {
  readonly addon: Addon;
  /** Of the cluster. */
  readonly name: string;
  /** Lets time pass. */
  pause(): Promise<void>;
  /** As somebody else, without the port; active when it returns. */
  install(roleArn?: string): Promise<void>;
  uninstall(): Promise<void>;
}

const ROLE = 'arn:aws:iam::111122223333:role/contract';
const OTHER_ROLE = 'arn:aws:iam::111122223333:role/other';
const PATIENCE = 100;

/** What the handlers rely on, of any implementation of the port. */
export function addonContract(given: () => ContractEks): void {
  const addon = () => given().addon;
  const state = async () => addon().describe(given().name);
  const update = async (roleArn: string | undefined) => addon().update(given().name, (await state())!, roleArn);

  async function ended(id: string): Promise<unknown> {
    for (let looks = 1; ; looks++) {
      const seen = await addon().describeUpdate(given().name, id);
      if (seen?.status !== 'InProgress' || looks === PATIENCE) {
        return seen;
      }
      await given().pause();
    }
  }

  afterEach(async () => given().uninstall());

  test('there is none in a cluster without it, nor in a cluster that is not there', async () => {
    expect(await state()).toBeUndefined();
    expect(await addon().describe('no-such-cluster')).toBeUndefined();
    expect(await addon().findUpdate(given().name)).toBeUndefined();
    expect(await addon().describeUpdate(given().name, '00000000-0000-0000-0000-000000000000')).toBeUndefined();
  });

  test.each([undefined, OTHER_ROLE])('is told with its role: %s', async roleArn => {
    await given().install(roleArn);
    expect(await state()).toEqual({
      arn: expect.stringMatching(`:addon/${given().name}/vpc-cni/.`),
      status: 'ACTIVE',
      version: expect.stringMatching(/^v1\./),
      roleArn,
      configurationValues: undefined,
      earlierRoleArn: undefined,
    });
  });

  test('takes time for an update, during which it takes no other one', async () => {
    await given().install(OTHER_ROLE);
    const id = (await update(ROLE))!;
    expect(await state()).toMatchObject({ status: 'UPDATING' });
    expect(await addon().describeUpdate(given().name, id)).toEqual({ id, status: 'InProgress', roleArn: ROLE, errors: [] });
    expect(await addon().findUpdate(given().name)).toBe(id);
    expect(await update(OTHER_ROLE)).toBeUndefined();
    expect(await ended(id)).toEqual({ id, status: 'Successful', roleArn: ROLE, errors: [] });
    expect(await state()).toMatchObject({ status: 'ACTIVE', roleArn: ROLE });
    expect(await addon().findUpdate(given().name)).toBeUndefined();
  });

  test('has no role after an update without one', async () => {
    await given().install(OTHER_ROLE);
    const id = (await update(undefined))!;
    expect(await ended(id)).toEqual({ id, status: 'Successful', roleArn: undefined, errors: [] });
    expect((await state())!.roleArn).toBeUndefined();
  });

  test('remembers an earlier role until it is to forget it', async () => {
    await given().install(OTHER_ROLE);
    const before = (await state())!;
    await addon().rememberRole(given().name, before, OTHER_ROLE);
    expect(await state()).toEqual({ ...before, earlierRoleArn: OTHER_ROLE });
    await addon().forgetRole(given().name, before);
    await addon().forgetRole(given().name, before);
    expect(await state()).toEqual(before);
  });

  test('does not mind being gone', async () => {
    await given().install(OTHER_ROLE);
    const before: AddonState = (await state())!;
    await given().uninstall();
    expect(await addon().update(given().name, before, ROLE)).toBeUndefined();
    await addon().forgetRole(given().name, before);
    expect(await state()).toBeUndefined();
  });
}
