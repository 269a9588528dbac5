/** Writes a quantity straight to the simulated Amazon, as any other client of the seller's would. Answers the HTTP status. */
export async function patchQuantity(
  amazonUrl: string,
  write: { refreshToken: string; sellerId: string; sku: string; marketplaceId: string; quantity: number },
): Promise<number> {
  const path = `/listings/2021-08-01/items/${write.sellerId}/${encodeURIComponent(write.sku)}`
  const value = [{ fulfillment_channel_code: 'DEFAULT', quantity: write.quantity }]
  const patches = [{ op: 'merge', path: '/attributes/fulfillment_availability', value }]
  const answer = await fetch(`${amazonUrl}${path}?marketplaceIds=${write.marketplaceId}`, {
    method: 'PATCH',
    headers: {
      'content-type': 'application/json',
      'x-amz-access-token': await accessToken(amazonUrl, write.refreshToken),
    },
    body: JSON.stringify({ productType: 'PRODUCT', patches }),
  })
  await answer.text()
  return answer.status
}

async function accessToken(amazonUrl: string, refreshToken: string): Promise<string> {
  const body = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'somebody-else',
    client_secret: 'secret',
  })
  const answer = await fetch(`${amazonUrl}/auth/o2/token`, { method: 'POST', body })
  return ((await answer.json()) as { access_token: string }).access_token
}
