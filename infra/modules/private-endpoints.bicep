metadata description = 'One private endpoint for every part of an account or namespace that the app reaches, and its name in the zones.'

param location string
param tags object
param subnetId string
param zoneIds object
@description('Targets: the name of the endpoint, the type, name and part (blob, table, namespace) of the resource, and its resource group if that is another one.')
param targets { name: string, type: string, of: string, part: string, group: string? }[]

resource endpoints 'Microsoft.Network/privateEndpoints@2025-05-01' = [
  for target in targets: {
    name: 'pe-${target.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        {
          name: target.name
          properties: {
            privateLinkServiceId: resourceId(target.?group ?? resourceGroup().name, target.type, target.of)
            groupIds: [target.part]
          }
        }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-05-01' = [
  for (target, index) in targets: {
    parent: endpoints[index]
    name: 'default'
    properties: {
      privateDnsZoneConfigs: [{ name: target.part, properties: { privateDnsZoneId: zoneIds[target.part] } }]
    }
  }
]
