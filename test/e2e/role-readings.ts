import { setTimeout as sleep } from 'node:timers/promises';
import { IAMClient, paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam';
import type { RoleState } from './invariants';
import type { LocalAws } from '../../local-stack/aws/local-aws';

type RoleStates = ReadonlyMap<string, RoleState>;

const SHARED_MS = 250;

/** All roles of an account in one question to IAM, for all who ask at about the same time: one each would keep IAM from its work. */
export class RoleReadings {
  static of(aws: LocalAws): RoleReadings {
    let readings = this.known.get(aws);
    if (!readings) {
      this.known.set(aws, readings = new RoleReadings(new IAMClient(aws.clientConfig)));
    }
    return readings;
  }

  private static readonly known = new WeakMap<LocalAws, RoleReadings>();

  private next?: Promise<RoleStates>;

  private constructor(private readonly iam: IAMClient) {}

  /** @returns the roles by ARN, of a reading that began after this call */
  async read(): Promise<RoleStates> {
    this.next ??= this.readSoon();
    return this.next;
  }

  private async readSoon(): Promise<RoleStates> {
    await sleep(SHARED_MS);
    this.next = undefined;
    const states = new Map<string, RoleState>();
    for await (const { RoleDetailList = [] } of paginateGetAccountAuthorizationDetails({ client: this.iam }, { Filter: ['Role'] })) {
      RoleDetailList.forEach(({ Arn, AttachedManagedPolicies = [], AssumeRolePolicyDocument }) => states.set(Arn!, {
        exists: true, policies: AttachedManagedPolicies.length, trust: decodeURIComponent(AssumeRolePolicyDocument!),
      }));
    }
    return states;
  }
}
