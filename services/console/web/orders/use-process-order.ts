import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'

import type { DespatchAnswer, ProcessOrderForm } from '../../src/wire/order.ts'
import { apiPath, post } from '../api/request.ts'

/** What is filled in by hand. */
export type FormValues = Omit<ProcessOrderForm, 'lines'>

/**
 * Sends the form. Its key is made once and kept until it was processed: a form that is sent twice, or again after no answer came, is processed once.
 */
export function useProcessOrder(order: string, onDone: () => void) {
  const client = useQueryClient()
  const [key, setKey] = useState(newKey)
  const { mutate, data, error, isPending } = useMutation({
    mutationFn: (form: ProcessOrderForm) =>
      post<{ despatch: DespatchAnswer }>(apiPath('orders', order, 'process'), { body: form, idempotencyKey: key }),
    onSuccess: () => {
      setKey(newKey())
      onDone()
    },
    onSettled: () =>
      Promise.all(['order', 'audit', 'orders'].map((name) => client.invalidateQueries({ queryKey: [name] }))),
  })
  return { process: mutate, done: data?.despatch, error, isBusy: isPending }
}

const newKey = (): string => `console:${crypto.randomUUID()}`
