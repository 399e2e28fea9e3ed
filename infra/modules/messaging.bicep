metadata description = 'Service Bus with exactly the queues of infra/messaging.json, and what the service may do on each of them.'

@minLength(13)
param token string

param location string
param tags object

@allowed(['Standard', 'Premium'])
param skuName string

param units int
param privateNetwork bool

@description('Subnet of the app. Only used with privateNetwork.')
param appSubnetId string

param deleteLock bool
param workspaceId string
param principalId string

var queueDefinitions = loadJsonContent('../messaging.json').queues
var premium = skuName == 'Premium'
var dataSender = '69a216fc-b8fb-44d8-bc22-1f3c2cd27a39'
var dataReceiver = '4f6d3b9b-027b-4f4c-9142-0e5a2a2247e0'

resource namespace 'Microsoft.ServiceBus/namespaces@2026-01-01' = {
  name: 'sb-${token}'
  location: location
  tags: tags
  sku: premium ? { name: 'Premium', tier: 'Premium', capacity: units } : { name: 'Standard', tier: 'Standard' }
  properties: {
    minimumTlsVersion: '1.2'
    disableLocalAuth: true
    // Event Grid cannot reach a queue through a private endpoint. The network rules restrict all other access.
    publicNetworkAccess: 'Enabled'
  }
}

// Event Grid delivers the verdicts of the scanner as a trusted service. 'Deny' only takes effect when there is at least one rule, so there is one for
// the app's subnet, although the app uses the private endpoint and needs no service endpoint.
resource networkRules 'Microsoft.ServiceBus/namespaces/networkRuleSets@2026-01-01' = if (premium) {
  parent: namespace
  name: 'default'
  properties: {
    publicNetworkAccess: 'Enabled'
    defaultAction: privateNetwork ? 'Deny' : 'Allow'
    trustedServiceAccessEnabled: true
    virtualNetworkRules: privateNetwork ? [{ subnet: { id: appSubnetId }, ignoreMissingVnetServiceEndpoint: true }] : []
  }
}

// Created one after the other, in the order of the file, because the queue to which dead letters are forwarded must exist first.
@batchSize(1)
resource queues 'Microsoft.ServiceBus/namespaces/queues@2026-01-01' = [
  for queue in queueDefinitions: {
    parent: namespace
    name: queue.name
    properties: {
      lockDuration: queue.lockDuration
      maxDeliveryCount: queue.maxDeliveryCount
      requiresDuplicateDetection: queue.requiresDuplicateDetection
      duplicateDetectionHistoryTimeWindow: queue.?duplicateDetectionHistoryTimeWindow ?? 'PT10M'
      // The maximum, so that no accepted message ever expires.
      defaultMessageTimeToLive: 'P10675199DT2H48M5.4775807S'
      deadLetteringOnMessageExpiration: true
      ...(contains(queue, 'forwardDeadLetteredMessagesTo')
        ? { forwardDeadLetteredMessagesTo: queue.forwardDeadLetteredMessagesTo }
        : {})
      maxSizeInMegabytes: 5120
    }
  }
]

// Each queue function receives messages, and sends copies to retry later. The roles are assigned on each queue and not on the namespace.
resource senders 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, index) in queueDefinitions: {
    name: guid(namespace.id, queue.name, principalId, dataSender)
    scope: queues[index]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataSender)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

resource receivers 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, index) in queueDefinitions: {
    name: guid(namespace.id, queue.name, principalId, dataReceiver)
    scope: queues[index]
    properties: {
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', dataReceiver)
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

// Target-based scaling and the status page read message counts. The only built-in role that allows this is Data Owner.
resource countReader 'Microsoft.Authorization/roleDefinitions@2022-04-01' = {
  name: guid(resourceGroup().id, 'ereferrals-queue-counts')
  properties: {
    roleName: 'EReferrals queue counts (${token})'
    description: 'Reads the properties of Service Bus queues, including message counts, but no messages.'
    type: 'CustomRole'
    assignableScopes: [resourceGroup().id]
    permissions: [
      {
        actions: ['Microsoft.ServiceBus/namespaces/*/read']
        notActions: []
        dataActions: []
        notDataActions: []
      }
    ]
  }
}

resource counters 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (queue, index) in queueDefinitions: {
    name: guid(namespace.id, queue.name, principalId, 'ereferrals-queue-counts')
    scope: queues[index]
    properties: {
      roleDefinitionId: countReader.id
      principalId: principalId
      principalType: 'ServicePrincipal'
    }
  }
]

#disable-next-line use-recent-api-versions // The stable version is ten years old and knows no category groups.
resource diagnostics 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  name: 'to-workspace'
  scope: namespace
  properties: {
    workspaceId: workspaceId
    logs: [{ categoryGroup: 'audit', enabled: true }]
    metrics: [{ category: 'AllMetrics', enabled: true }]
  }
}

resource lock 'Microsoft.Authorization/locks@2020-05-01' = if (deleteLock) {
  name: 'keep'
  scope: namespace
  properties: {
    level: 'CanNotDelete'
    notes: 'Holds referrals that were accepted and not yet processed.'
  }
}

output namespaceName string = namespace.name
