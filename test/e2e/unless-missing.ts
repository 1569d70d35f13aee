import { ResourceNotFoundException } from '@aws-sdk/client-eks';
import { NoSuchEntityException } from '@aws-sdk/client-iam';

/** @returns undefined where AWS says that what was asked about does not exist */
export async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ResourceNotFoundException || error instanceof NoSuchEntityException) {
      return undefined;
    }
    throw error;
  }
}
