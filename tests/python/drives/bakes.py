"""Image Builder: a pipeline's execution from its start to the images that it puts out, in both regions."""

from drives import drive
from practice import refused, tags_of

# In this order; a build may be too quick in one of them to be seen there.
STATES = ["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING", "AVAILABLE"]


def pipeline_of(aws, name):
    pages = aws.imagebuilder.get_paginator("list_image_pipelines").paginate()
    (arn,) = [row["arn"] for page in pages for row in page["imagePipelineList"] if row["name"] == name]
    return arn


def build(aws, arn):
    return aws.imagebuilder.get_image(imageBuildVersionArn=arn)["image"]


@drive(
    "imagebuilder:StartImagePipelineExecution",
    "imagebuilder:GetImage",
    "imagebuilder:ListImageBuildVersions",
    "imagebuilder:ListWorkflowExecutions",
    "imagebuilder:ListWorkflowStepExecutions",
    "imagebuilder:GetWorkflowStepExecution",
)
def a_pipeline_bakes_an_image_and_distributes_it(aws):
    pipeline = pipeline_of(aws, "web")
    asked = {"imagePipelineArn": pipeline, "clientToken": "rebake-once"}
    started = aws.imagebuilder.start_image_pipeline_execution(**asked)
    arn = started["imageBuildVersionArn"]
    assert started["clientToken"] == "rebake-once"
    assert aws.imagebuilder.start_image_pipeline_execution(**asked)["imageBuildVersionArn"] == arn, (
        "one token, one bake"
    )
    seen = []

    def is_available():
        state = build(aws, arn)["state"]["status"]
        if state not in seen:
            seen.append(state)
        return state == "AVAILABLE"

    aws.until(is_available, within_s=3 * 3600, step_s=30)
    assert seen == sorted(seen, key=STATES.index) and {"BUILDING", "TESTING", "DISTRIBUTING"} <= set(seen)
    aws.wait("imagebuilder", "image_available", imageBuildVersionArn=arn)
    image = build(aws, arn)
    assert image["sourcePipelineArn"] == pipeline
    outputs = {ami["region"]: ami["image"] for ami in image["outputResources"]["amis"]}
    assert set(outputs) == {"eu-west-1", "us-east-1"}
    for region, ami in outputs.items():
        (found,) = aws.elsewhere(region).ec2.describe_images(ImageIds=[ami])["Images"]
        assert (found["State"], tags_of(found)["Ec2ImageBuilderArn"]) == ("available", arn)
    builds = aws.imagebuilder.get_paginator("list_image_build_versions").paginate()
    assert arn in {row["arn"] for page in builds for row in page["imageSummaryList"]}
    workflows = aws.imagebuilder.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    assert [row["type"] for row in sorted(workflows, key=lambda row: row["startTime"])][:2] == ["BUILD", "TEST"]
    for row in workflows:
        assert (row["status"], row["totalStepsFailed"]) == ("COMPLETED", 0)
        execution = row["workflowExecutionId"]
        steps = aws.imagebuilder.list_workflow_step_executions(workflowExecutionId=execution)["steps"]
        assert len(steps) == row["totalStepCount"]
        statuses = [step["status"] for step in steps]
        told = [row["totalStepsSucceeded"], row["totalStepsSkipped"]]
        assert [statuses.count("COMPLETED"), statuses.count("SKIPPED")] == told and sum(told) == len(steps)
        done = [step for step in steps if step["status"] == "COMPLETED"]
        assert all(step["endTime"] >= step["startTime"] for step in done)
        one = aws.imagebuilder.get_workflow_step_execution(stepExecutionId=done[0]["stepExecutionId"])
        assert (one["name"], one["imageBuildVersionArn"]) == (done[0]["name"], arn)


@drive("imagebuilder:GetImagePipeline", "imagebuilder:GetImageRecipe", "imagebuilder:ListImageRecipes")
def a_pipeline_that_is_not_there_bakes_nothing(aws):
    pipeline = pipeline_of(aws, "web")
    told = aws.imagebuilder.get_image_pipeline(imagePipelineArn=pipeline)["imagePipeline"]
    recipe = aws.imagebuilder.get_image_recipe(imageRecipeArn=told["imageRecipeArn"])["imageRecipe"]
    assert recipe["name"] == "web"
    pages = aws.imagebuilder.get_paginator("list_image_recipes").paginate()
    assert told["imageRecipeArn"] in {row["arn"] for page in pages for row in page["imageRecipeSummaryList"]}
    unknown = {"imagePipelineArn": pipeline.replace("/web", "/atlantis")}
    refused(aws.imagebuilder.start_image_pipeline_execution, "ResourceNotFoundException", **unknown)


@drive(
    "imagebuilder:CreateImage",
    "imagebuilder:GetInfrastructureConfiguration",
    "imagebuilder:GetDistributionConfiguration",
)
def a_recipe_is_baked_without_its_pipeline(aws):
    told = aws.imagebuilder.get_image_pipeline(imagePipelineArn=pipeline_of(aws, "web"))["imagePipeline"]
    infrastructure = {"infrastructureConfigurationArn": told["infrastructureConfigurationArn"]}
    distribution = {"distributionConfigurationArn": told["distributionConfigurationArn"]}
    found = aws.imagebuilder.get_infrastructure_configuration(**infrastructure)["infrastructureConfiguration"]
    assert found["arn"] == told["infrastructureConfigurationArn"]
    found = aws.imagebuilder.get_distribution_configuration(**distribution)["distributionConfiguration"]
    assert "us-east-1" in {row["region"] for row in found["distributions"]}
    recipe = {"imageRecipeArn": told["imageRecipeArn"]}
    arn = aws.imagebuilder.create_image(**recipe, **infrastructure, **distribution)["imageBuildVersionArn"]
    aws.wait("imagebuilder", "image_available", imageBuildVersionArn=arn)
    image = build(aws, arn)
    assert image["imageRecipe"]["arn"] == told["imageRecipeArn"] and "sourcePipelineArn" not in image


@drive("imagebuilder:CancelImageCreation", "imagebuilder:GetWorkflowExecution", "imagebuilder:ListImagePipelineImages")
def a_bake_is_cancelled(aws):
    pipeline = pipeline_of(aws, "web")
    arn = aws.imagebuilder.start_image_pipeline_execution(imagePipelineArn=pipeline)["imageBuildVersionArn"]
    aws.until(lambda: build(aws, arn)["state"]["status"] == "BUILDING", within_s=3600, step_s=30)
    (workflow, *_) = aws.imagebuilder.list_workflow_executions(imageBuildVersionArn=arn)["workflowExecutions"]
    execution = {"workflowExecutionId": workflow["workflowExecutionId"]}
    told = aws.imagebuilder.get_workflow_execution(**execution)
    assert (told["status"], told["imageBuildVersionArn"]) == ("RUNNING", arn)
    assert aws.imagebuilder.cancel_image_creation(imageBuildVersionArn=arn)["imageBuildVersionArn"] == arn
    aws.until(lambda: build(aws, arn)["state"]["status"] == "CANCELLED", within_s=3600, step_s=30)
    pages = aws.imagebuilder.get_paginator("list_image_pipeline_images").paginate(
        imagePipelineArn=pipeline, PaginationConfig={"PageSize": 1}
    )
    states = {row["arn"]: row["state"]["status"] for page in pages for row in page["imageSummaryList"]}
    assert states[arn] == "CANCELLED" and "AVAILABLE" in states.values()
