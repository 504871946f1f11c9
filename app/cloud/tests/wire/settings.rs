//! Which field of an answer becomes which setting, of a server and of the template that it came from.

use fleet::{Fleet, Setting, Settings, Sym};

use crate::fake::Fake;

const SERVER: &str = "<reservationSet><item><instancesSet><item><instanceId>i-1</instanceId>
    <rootDeviceName>/dev/xvda</rootDeviceName><keyName>ops</keyName><ebsOptimized>false</ebsOptimized>
    <monitoring><state>enabled</state></monitoring>
    <iamInstanceProfile><arn>arn:aws:iam::1:instance-profile/web</arn></iamInstanceProfile>
    <groupSet><item><groupId>sg-2</groupId></item><item><groupId>sg-1</groupId></item></groupSet>
    <metadataOptions><httpTokens>required</httpTokens><httpPutResponseHopLimit>2</httpPutResponseHopLimit>
      <httpEndpoint>enabled</httpEndpoint></metadataOptions>
    <blockDeviceMapping>
      <item><deviceName>/dev/sdg</deviceName><ebs><volumeId>vol-3</volumeId><deleteOnTermination>false</deleteOnTermination>
        <attachTime>2026-06-01T00:10:01.000Z</attachTime></ebs></item>
      <item><deviceName>/dev/sdf</deviceName><ebs><volumeId>vol-2</volumeId><deleteOnTermination>true</deleteOnTermination>
        <attachTime>2026-06-01T00:10:00.000Z</attachTime></ebs></item>
      <item><deviceName>/dev/xvda</deviceName><ebs><volumeId>vol-1</volumeId><deleteOnTermination>true</deleteOnTermination>
        <attachTime>2026-09-01T00:00:00.000Z</attachTime></ebs></item>
    </blockDeviceMapping>
    <networkInterfaceSet><item><attachment><deviceIndex>0</deviceIndex>
      <attachTime>2026-06-01T00:00:00.000Z</attachTime></attachment></item></networkInterfaceSet>
    </item></instancesSet></item></reservationSet>";

const VERSIONS: &str = "<launchTemplateVersionSet><item><launchTemplateId>lt-1</launchTemplateId>
    <versionNumber>1</versionNumber><launchTemplateData><imageId>ami-1</imageId><keyName>ops</keyName>
    <iamInstanceProfile><name>web</name></iamInstanceProfile><userData>H4sIAP//</userData>
    <networkInterfaceSet><item><deviceIndex>0</deviceIndex><groupSet><groupId>sg-2</groupId><groupId>sg-1</groupId></groupSet>
      </item></networkInterfaceSet>
    <metadataOptions><httpTokens>required</httpTokens></metadataOptions>
    <blockDeviceMappingSet><item><deviceName>/dev/xvdb</deviceName><ebs><deleteOnTermination>true</deleteOnTermination></ebs>
      </item><item><deviceName>/dev/xvdc</deviceName><noDevice></noDevice></item></blockDeviceMappingSet>
    <tagSpecificationSet>
      <item><resourceType>volume</resourceType><tagSet><item><key>of</key><value>volume</value></item></tagSet></item>
      <item><resourceType>instance</resourceType><tagSet><item><key>service</key><value>web</value></item></tagSet></item>
    </tagSpecificationSet></launchTemplateData></item></launchTemplateVersionSet>";

fn fake() -> Fake {
    Fake::new(|asked| match asked.action.as_str() {
        "DescribeInstances" => Some(asked.xml(SERVER)),
        "DescribeLaunchTemplates" => {
            let one = "<launchTemplates><item><launchTemplateId>lt-1</launchTemplateId></item></launchTemplates>";
            Some(asked.xml(one))
        }
        "DescribeLaunchTemplateVersions" => Some(asked.xml(VERSIONS)),
        _ => None,
    })
}

fn word(fleet: &Fleet, setting: Setting<Sym>) -> &str {
    fleet.str(setting.value().unwrap())
}

fn groups<'a>(fleet: &'a Fleet, settings: &Settings) -> Vec<&'a str> {
    let list = fleet.symbols.list(settings.security_groups.value().unwrap());
    list.iter().map(|&group| fleet.str(group)).collect()
}

fn devices<'a>(fleet: &'a Fleet, settings: &Settings) -> Vec<(&'a str, Option<bool>)> {
    settings.devices.iter().map(|one| (fleet.str(one.name), one.delete_on_termination.value())).collect()
}

#[tokio::test]
async fn a_server_shows_its_settings_and_what_it_does_not_tell_is_unknown() {
    let fleet = fake().pull().await.unwrap();
    let settings = fleet.settings.get(fleet.servers[0].settings.unwrap()).unwrap();
    assert_eq!((word(&fleet, settings.key_name), groups(&fleet, settings)), ("ops", vec!["sg-1", "sg-2"]));
    assert_eq!(word(&fleet, settings.profile), "arn:aws:iam::1:instance-profile/web");
    assert_eq!((settings.ebs_optimized, settings.monitoring), (Setting::Is(false), Setting::Is(true)));
    let metadata = settings.metadata;
    assert_eq!((word(&fleet, metadata.tokens), metadata.hop_limit), ("required", Setting::Is(2)));
    assert_eq!((metadata.tags, settings.user_data), (Setting::Unknown, Setting::Unknown));
    let expected = [("/dev/sdf", Some(true)), ("/dev/sdg", Some(false)), ("/dev/xvda", Some(true))];
    assert_eq!(devices(&fleet, settings), expected);
}

#[tokio::test]
async fn only_a_volume_that_came_more_than_ten_minutes_after_birth_is_late_and_never_the_root() {
    let fleet = fake().pull().await.unwrap();
    let late: Vec<_> = fleet.late_volumes.iter().map(|row| (fleet.text(row.volume), fleet.text(row.device))).collect();
    assert_eq!(late, [(Some("vol-3"), Some("/dev/sdg"))]);
}

#[tokio::test]
async fn a_template_tells_what_it_sets_and_leaves_the_rest_open() {
    let fleet = fake().pull().await.unwrap();
    let settings = fleet.settings.get(fleet.template_versions[0].settings.unwrap()).unwrap();
    assert_eq!((word(&fleet, settings.profile), groups(&fleet, settings)), ("web", vec!["sg-1", "sg-2"]));
    assert_eq!((settings.monitoring, settings.metadata.hop_limit), (Setting::Unset, Setting::Unset));
    assert_eq!(devices(&fleet, settings), [("/dev/xvdb", Some(true))]);
    assert_eq!(fleet.symbols.tags(settings.server_tags).collect::<Vec<_>>(), [("service", "web")]);
    let text = fleet.user_data.get(settings.user_data.value().unwrap()).unwrap();
    assert_eq!(text.bytes(), Some([0x1f, 0x8b, 0x08, 0x00, 0xff, 0xff].as_slice()), "bytes, not text");
}
