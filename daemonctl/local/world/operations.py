"""Which function answers which ECS operation: the dispatch table, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from daemonctl.local.world import (
    attributes,
    clusters,
    definitions,
    instances,
    listing,
    protection,
    run,
    service_calls,
    submissions,
    tasks,
)
from daemonctl.local.world.core import Core
from daemonctl.local.world.fields import Answer, Params

Handler = Callable[[Core, Params, float], Answer]

OPERATIONS: dict[str, Handler] = {
    "CreateCapacityProvider": clusters.create_provider,
    "CreateCluster": clusters.create,
    "CreateService": service_calls.create,
    "DeleteAttributes": attributes.delete,
    "DeleteCluster": clusters.delete,
    "DeleteService": service_calls.delete,
    "DeregisterContainerInstance": instances.deregister_instance,
    "DeregisterTaskDefinition": definitions.deregister,
    "DescribeCapacityProviders": clusters.describe_providers,
    "DescribeClusters": clusters.describe,
    "DescribeContainerInstances": instances.describe,
    "DescribeServices": service_calls.describe,
    "DescribeTaskDefinition": definitions.describe,
    "DescribeTasks": tasks.describe_tasks,
    "DiscoverPollEndpoint": submissions.discover,
    "GetTaskProtection": protection.get,
    "ListAttributes": attributes.list_attributes,
    "ListClusters": clusters.list_clusters,
    "ListContainerInstances": listing.list_container_instances,
    "ListServices": service_calls.list_services,
    "ListTagsForResource": clusters.list_tags,
    "ListTaskDefinitionFamilies": definitions.list_families,
    "ListTaskDefinitions": definitions.list_definitions,
    "ListTasks": listing.list_tasks,
    "PutAttributes": attributes.put,
    "PutClusterCapacityProviders": clusters.put_providers,
    "RegisterContainerInstance": instances.register,
    "RegisterTaskDefinition": definitions.register,
    "RunTask": run.run_task,
    "StartTask": tasks.start_task,
    "StopTask": tasks.stop_task,
    "SubmitAttachmentStateChanges": submissions.submit_attachments,
    "SubmitContainerStateChange": submissions.submit_container,
    "SubmitTaskStateChange": submissions.submit_task,
    "TagResource": clusters.tag,
    "UntagResource": clusters.untag,
    "UpdateContainerInstancesState": instances.update_state,
    "UpdateService": service_calls.update,
    "UpdateTaskProtection": protection.update,
}
