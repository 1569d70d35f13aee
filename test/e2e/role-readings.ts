import { IAMClient, paginateGetAccountAuthorizationDetails } from '@aws-sdk/client-iam';
import type { RoleState } from './invariants';
import type { LocalAws } from '../../local-stack/aws/local-aws';

type RoleStates = ReadonlyMap<string, RoleState>;

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

  private last: Promise<unknown> = Promise.resolve();
  private next?: Promise<RoleStates>;

  private constructor(private readonly iam: IAMClient) {}

  /** @returns the roles by ARN, of a reading that began after this call */
  async read(): Promise<RoleStates> {
    this.next ??= this.readAfter(this.last);
    return this.next;
  }

  private async readAfter(last: Promise<unknown>): Promise<RoleStates> {
    await last;
    const reading = this.readAll();
    this.next = undefined;
    // told to those who asked for it
    this.last = reading.catch(() => {});
    return reading;
  }

  private async readAll(): Promise<RoleStates> {
    const states = new Map<string, RoleState>();
    for await (const { RoleDetailList = [] } of paginateGetAccountAuthorizationDetails({ client: this.iam }, { Filter: ['Role'] })) {
      RoleDetailList.forEach(({ Arn, AttachedManagedPolicies = [], AssumeRolePolicyDocument }) => states.set(Arn!, {
        exists: true, policies: AttachedManagedPolicies.length, trust: decodeURIComponent(AssumeRolePolicyDocument!),
      }));
    }
    return states;
  }
}
