//! What says that an edge is there: every field of every call that the lineage is read from, in one list.
//!
//! A fleet has three edges a server, each with its evidence: one byte, and not the words themselves.

use crate::call::Call;

macro_rules! evidence {
    ($($variant:ident $call:ident $field:literal $doc:literal),+ $(,)?) => {
        /// Which field of which call said so.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub enum Evidence {
            $(#[doc = $doc] $variant,)+
        }

        impl Evidence {
            /// The call.
            #[must_use]
            pub fn call(self) -> Call {
                match self { $(Self::$variant => Call::$call,)+ }
            }

            /// The field, or the sentence that follows from it: `Images[].SourceImageId`.
            #[must_use]
            pub fn field(self) -> &'static str {
                match self { $(Self::$variant => $field,)+ }
            }
        }
    };
}

evidence! {
    BuildParent GetImage
        "image.imageRecipe.parentImage"
        "A build names the parent image of its recipe.",
    RecipeParent ListImageRecipes
        "imageRecipeSummaryList[].parentImage"
        "A listed recipe names its parent image.",
    BuildParentVersion GetImage
        "image.imageRecipe.parentImage, as the newest build that it meant at the time"
        "A build names a version of a parent that fits many builds.",
    SourceImage DescribeImages
        "Images[].SourceImageId"
        "The image names the image that it was made of.",
    SourceServerImage DescribeInstances
        "Reservations[].Instances[].ImageId of the source server"
        "The image of the server that the image was made of.",
    PackerSourceTag DescribeImages
        "tag that holds Packer's source image"
        "A tag that Packer's template writes.",
    BuildOutput GetImage
        "image.outputResources.amis[].image"
        "A build lists the images that it put out.",
    ListedBuildOutput ListImageBuildVersions
        "imageSummaryList[].outputResources.amis[].image"
        "A listed build lists the images that it put out.",
    BuildTag DescribeImages
        "tag Ec2ImageBuilderArn"
        "The tag that Image Builder writes.",
    PackerTemplateTag DescribeImages
        "tag that names a Packer template"
        "A tag that names a Packer template.",
    PackerName DescribeImages
        "Images[].Name without its date, of an image that Packer tagged"
        "The name of an image that Packer tagged.",
    OwnerAlias DescribeImages
        "Images[].ImageOwnerAlias"
        "AWS has a name for the owner.",
    Owner DescribeImages
        "Images[].OwnerId"
        "The account that owns the image.",
    SourceServer DescribeImages
        "Images[].SourceInstanceId"
        "The server that the image was made of.",
    Untraced DescribeImages
        "no field and no tag tells what made it"
        "Nothing tells.",
    TemplateImage DescribeLaunchTemplateVersions
        "LaunchTemplateVersions[].LaunchTemplateData.ImageId"
        "The template version names the image.",
    ParameterImage GetParameters
        "Parameters[].Value"
        "A parameter that the template version names holds the image.",
    ConfigurationImage DescribeLaunchConfigurations
        "LaunchConfigurations[].ImageId"
        "The launch configuration names the image.",
    OverrideTemplate DescribeAutoScalingGroups
        "AutoScalingGroups[].MixedInstancesPolicy.LaunchTemplate.Overrides[].LaunchTemplateSpecification"
        "An override of the group names the template.",
    LaunchImage DescribeInstances
        "Reservations[].Instances[].ImageId"
        "The server names the image that it was launched from.",
    MemberImage DescribeAutoScalingGroups
        "AutoScalingGroups[].Instances[].ImageId"
        "The group names the image of its member.",
    WarmImage DescribeWarmPool
        "Instances[].ImageId"
        "The warm pool names the image of its member.",
    RootImage DescribeReplaceRootVolumeTasks
        "ReplaceRootVolumeTasks[].ImageId"
        "A replaced root names its image.",
    RootSnapshot DescribeReplaceRootVolumeTasks
        "ReplaceRootVolumeTasks[].SnapshotId"
        "A replaced root names its snapshot.",
    RootOther DescribeReplaceRootVolumeTasks
        "ReplaceRootVolumeTasks[].TaskState"
        "A root was replaced from neither.",
    MemberTemplate DescribeAutoScalingGroups
        "AutoScalingGroups[].Instances[].LaunchTemplate"
        "The group names the template version of its member.",
    WarmTemplate DescribeWarmPool
        "Instances[].LaunchTemplate"
        "The warm pool names the template version of its member.",
    MemberConfiguration DescribeAutoScalingGroups
        "AutoScalingGroups[].Instances[].LaunchConfigurationName"
        "The group names the launch configuration of its member.",
    WarmConfiguration DescribeWarmPool
        "Instances[].LaunchConfigurationName"
        "The warm pool names the launch configuration of its member.",
    TaggedTemplate DescribeInstances
        "tag aws:ec2launchtemplate:version"
        "The tag that a launch from a template leaves.",
    Member DescribeAutoScalingGroups
        "AutoScalingGroups[].Instances[].InstanceId"
        "The group lists the server.",
    WarmMember DescribeWarmPool
        "Instances[].InstanceId"
        "The warm pool lists the server.",
    TaggedGroup DescribeInstances
        "tag aws:autoscaling:groupName"
        "The tag that a launch by a group leaves.",
    GroupConfiguration DescribeAutoScalingGroups
        "AutoScalingGroups[].LaunchConfigurationName"
        "The group names its launch configuration.",
    GroupTemplate DescribeAutoScalingGroups
        "AutoScalingGroups[].LaunchTemplate"
        "The group names its template version.",
    MixedTemplate DescribeAutoScalingGroups
        "AutoScalingGroups[].MixedInstancesPolicy.LaunchTemplate"
        "The policy of mixed servers names the template version.",
    LatestVersion DescribeLaunchTemplates
        "LaunchTemplates[].LatestVersionNumber"
        "The group wants the latest version.",
    DefaultVersion DescribeLaunchTemplates
        "LaunchTemplates[].DefaultVersionNumber"
        "The group wants the default version.",
}
