const arnPattern = /^arn:aws[a-z-]*:sqs:([a-z0-9-]+):(\d{12}):([A-Za-z0-9_-]{1,80})$/

/** Whether a text is the ARN of a standard queue. FIFO queues end in `.fifo` and are none. */
export function isQueueArn(arn: string): boolean {
  return arnPattern.test(arn)
}

/** The queue an ARN names: `<account>/<name>`. */
export function queueOfArn(arn: string): string {
  const [, , account, name] = arnPattern.exec(arn) ?? []
  return `${account ?? ''}/${name ?? ''}`
}

/** The queue a URL names, or undefined when it names none. */
export function queueOfUrl(url: string): string | undefined {
  const [, account, name] = /^https?:\/\/[^/]+\/_sqs\/(\d{12})\/([A-Za-z0-9_-]{1,80})\/?$/.exec(url) ?? []
  return account === undefined || name === undefined ? undefined : `${account}/${name}`
}

/** The address of a queue on this server. */
export function queueUrl(origin: string, queue: string): string {
  return `${origin}/_sqs/${queue}`
}
