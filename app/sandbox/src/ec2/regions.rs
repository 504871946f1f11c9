//! DescribeRegions and DescribeAvailabilityZones.

use crate::{
    call::Ask,
    wire::{
        fault::Fault,
        filter::{self, Has},
        form::Form,
        xml::Xml,
    },
    world::region::REGIONS,
};

const OPT_IN: &str = "opt-in-not-required";

pub(super) fn regions(_: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    form.flag("AllRegions")?;
    let names = form.list("RegionName");
    if let Some(name) = names.iter().find(|name| !REGIONS.iter().any(|region| region.name == **name)) {
        return Err(Fault::invalid(format!("Invalid region names: [{name}]")));
    }
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, &["region-name", "endpoint", "opt-in-status"], false)?;
    let endpoint = |name: &str| format!("ec2.{name}.amazonaws.com");
    let found = REGIONS.iter().filter(|region| {
        (names.is_empty() || names.contains(&region.name))
            && filter::pass(&filters, &[], |name| match name {
                "region-name" => Has::text(region.name),
                "endpoint" => Has::made(endpoint(region.name)),
                _ => Has::text(OPT_IN),
            })
    });
    xml.list("regionInfo", "item", found, |xml, region| {
        xml.text("optInStatus", OPT_IN);
        xml.list("geographySet", "item", [region.geography], |xml, name| xml.text("name", name));
        xml.text("regionName", region.name);
        xml.text("regionEndpoint", &endpoint(region.name));
    });
    Ok(())
}

const ZONE_FILTERS: &[&str] =
    &["group-name", "opt-in-status", "region-name", "state", "zone-id", "zone-name", "zone-type"];

pub(super) fn zones(ask: &Ask<'_>, form: &Form, xml: &mut Xml) -> Result<(), Fault> {
    form.flag("AllAvailabilityZones")?;
    let region = ask.scope.region;
    let zones: Vec<(String, String)> =
        region.zone_indices().map(|zone| (region.zone_name(zone), region.zone_id(zone))).collect();
    let (names, ids) = (form.list("ZoneName"), form.list("ZoneId"));
    let unknown = names
        .iter()
        .find(|name| !zones.iter().any(|(known, _)| known == *name))
        .or_else(|| ids.iter().find(|id| !zones.iter().any(|(_, known)| known == *id)));
    if let Some(unknown) = unknown {
        return Err(Fault::invalid(format!("Invalid availability zone: [{unknown}]")));
    }
    let filters = form.filters("Filter", "Value");
    filter::check(&filters, ZONE_FILTERS, false)?;
    let group = format!("{}-zg-1", region.name);
    let found = zones.iter().filter(|(name, id)| {
        (names.is_empty() && ids.is_empty() || names.contains(&&**name) || ids.contains(&&**id))
            && filter::pass(&filters, &[], |filter| match filter {
                "zone-name" => Has::text(name),
                "zone-id" => Has::text(id),
                "region-name" => Has::text(region.name),
                "state" => Has::text("available"),
                "zone-type" => Has::text("availability-zone"),
                "group-name" => Has::text(&group),
                _ => Has::text(OPT_IN),
            })
    });
    xml.list("availabilityZoneInfo", "item", found, |xml, (name, id)| {
        xml.text("optInStatus", OPT_IN);
        xml.list("messageSet", "item", [(); 0], |_, ()| ());
        xml.text("regionName", region.name);
        xml.text("zoneName", name);
        xml.text("zoneId", id);
        xml.text("groupName", &group);
        xml.text("networkBorderGroup", region.name);
        xml.text("zoneType", "availability-zone");
        xml.text("groupLongName", &format!("{} 1", region.long_name));
        xml.list("geographySet", "item", [region.geography], |xml, name| xml.text("name", name));
        xml.text("zoneState", "available");
    });
    Ok(())
}
