const names = 'Royal Mail,Evri,DPD,Yodel,Parcelforce,DHL,UPS,FedEx,GLS,USPS,Hermes,La Poste,Deutsche Post'

/** Carrier codes that Amazon knows, those most used first. Source: SP-API, Orders v0, confirmShipment, carrierCode. */
export const carriers = [
  { value: '', label: 'Choose…' },
  ...names.split(',').map((name) => ({ value: name, label: name })),
  { value: 'Other', label: 'Other…' },
]
